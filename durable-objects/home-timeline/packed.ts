/**
 * Pages of a timeline on their way to the edge, as one JSON text. A call copies its answer object by object,
 * which takes several times as long as parsing, and the text of an entry is the same for every page.
 */
import type { Entry } from "../../feed/timeline/entry.ts";
import { entryText } from "../storage/entry-text.ts";
import { storedJson } from "../storage/stored-json.ts";

/** A page as text. */
export interface Packed<T> {
  status: "warm";
  json: string;
  /** What the text holds; for the compiler alone. */
  holds?: T;
}

/** Packs a page. */
export function pack<T extends { entries: readonly Entry[] }>(page: T): Packed<T> {
  const { entries, ...rest } = page;
  const others = JSON.stringify(rest).slice(1);
  const end = others === "}" ? others : `,${others}`;
  return { status: "warm", json: `{"entries":[${entries.map(entryText).join(",")}]${end}` };
}

/** Unpacks a page. Only an object's own answers are read here, so their shape is trusted. */
export function unpack<T>({ json }: Packed<T>): T {
  return storedJson<T>(json);
}
