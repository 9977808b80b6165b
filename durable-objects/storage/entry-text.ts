/** Entries as JSON. */
import type { Entry } from "../../feed/timeline/entry.ts";

/** The texts of entries for as long as they are in memory. An entry never changes. */
const texts = new WeakMap<Entry, string>();

/** An entry as JSON. Every page that shows it, and every delivery to its chunk, needs the same text. */
export function entryText(entry: Entry): string {
  const known = texts.get(entry);
  if (known !== undefined) return known;
  const text = JSON.stringify(entry);
  texts.set(entry, text);
  return text;
}
