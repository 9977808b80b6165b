/** Filters wrangler's output: drops what is of no use to a developer of Skein. */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** Paragraphs to drop: from a line with the first text to a line with the second. */
const DROPPED: readonly (readonly [from: string, to: string])[] = [
  // The table of bindings repeats wrangler.toml, and is printed twice.
  ["Your Worker has access to the following bindings:", ""],
  // Wrong here, because dev/sweep.ts runs the sweep.
  ["Scheduled Workers are not automatically triggered", "For more details"],
  ["Using secrets defined in", "Using secrets defined in"],
  ["⎔ Starting local server...", "⎔ Starting local server..."],
  ["⎔ Connection status updated", "⎔ Connection status updated"],
  // The command prints the address itself, at the end.
  ["[wrangler:info] Ready on", "[wrangler:info] Ready on"],
];

/** Makes a filter: a function that says for each line whether to print it. */
export function lineFilter(): (line: string) => boolean {
  let until: string | null = null;
  let blankBefore = true;
  return (line) => {
    const plain = stripVTControlCharacters(line).trim();
    if (until !== null) {
      if (until === "" ? plain === "" : plain.includes(until)) until = null;
      return false;
    }
    const dropped = DROPPED.find(([from]) => plain.includes(from));
    if (dropped !== undefined) {
      until = plain.includes(dropped[1]) && dropped[1] !== "" ? null : dropped[1];
      return false;
    }
    // Dropped paragraphs leave their blank lines.
    const repeats = plain === "" && blankBefore;
    blankBefore = plain === "";
    return !repeats;
  };
}

/** Prints the lines of a stream that pass the filter. */
export function passOn(from: Readable, to: Writable): void {
  const wanted = lineFilter();
  createInterface({ input: from }).on("line", (line) => {
    if (wanted(line)) to.write(`${line}\n`);
  });
}
