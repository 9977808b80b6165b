/** Reading an account's export, answer after answer. */
import type { Call, Calls } from "./calls.ts";
import type { Result } from "./errors.ts";
import { linesOf } from "./lines.ts";
import type { ExportLine } from "./wire.ts";

/** One answer has up to some hundred thousand lines. */
const EXPORT_TIMEOUT_MS = 15 * 60 * 1000;

/** Reads an export to its end. An answer that was cut off is read again from its beginning, so a line may come twice. */
export async function readExport(
  calls: Calls,
  path: string,
  onLine: (line: ExportLine) => void,
): Promise<Result<void>> {
  let cursor: string | null = null;
  do {
    const query: Call["query"] = { cursor };
    const call: Call = { method: "GET", path, query, timeoutMs: EXPORT_TIMEOUT_MS };
    const read: Result<string | null> = await calls.send(call, async (answer) => {
      let next: string | null | undefined;
      for await (const line of linesOf(answer)) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's tests hold its answers to the schema
        const known = line as ExportLine;
        if ("end" in known) next = known.next;
        else onLine(known);
      }
      if (next === undefined) throw new Error("the export was cut off");
      return next;
    });
    if (!read.ok) return read;
    cursor = read.value;
  } while (cursor !== null);
  return { ok: true, value: undefined };
}
