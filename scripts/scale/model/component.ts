/** A name that code addresses, or a work of one invocation. */
export interface Component {
  name: string;
  /** The file that addresses it. */
  file: string;
  /** What it gets, and the most that it can take, in `unit`. */
  load: number;
  capacity: number;
  unit: string;
  /** Whether the store addresses it, as opposed to the rest of Skein. */
  ofStore?: true;
}
