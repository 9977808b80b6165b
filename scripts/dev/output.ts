/** Passes wrangler's output on, without the parts that tell a developer of Skein nothing. */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

/** Paragraphs to drop: from a line that has the first text up to a line that has the second. */
const DROPPED: readonly (readonly [from: string, to: string])[] = [
  // The table of bindings is wrangler.toml over again, and is printed twice.
  ["Your Worker has access to the following bindings:", ""],
  // Not true here: the sweep is called by dev/sweep.ts.
  ["Scheduled Workers are not automatically triggered", "For more details"],
  ["Using secrets defined in", "Using secrets defined in"],
  ["⎔ Starting local server...", "⎔ Starting local server..."],
  ["⎔ Connection status updated", "⎔ Connection status updated"],
  // The command says it itself, at the very end.
  ["[wrangler:info] Ready on", "[wrangler:info] Ready on"],
];

/** Decides line by line; the returned function says whether to print the line. */
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
    // What was dropped leaves its blank lines behind.
    const repeats = plain === "" && blankBefore;
    blankBefore = plain === "";
    return !repeats;
  };
}

/** Prints the lines of a stream that the filter lets through. */
export function passOn(from: Readable, to: Writable): void {
  const wanted = lineFilter();
  createInterface({ input: from }).on("line", (line) => {
    if (wanted(line)) to.write(`${line}\n`);
  });
}
