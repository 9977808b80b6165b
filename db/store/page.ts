/** A page of a list. */
export interface Page<T, Position> {
  items: T[];
  /** The position of the next page; null at the end. */
  next: Position | null;
}
