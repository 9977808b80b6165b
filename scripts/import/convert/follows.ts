/** A CSV of follows: a follower's and a followee's handle in each row. */
import { parse } from "csv-parse";
import { createReadStream } from "node:fs";
import { z } from "zod";
import type { ImportLine } from "../../../client/src/wire.ts";
import { handleSchema } from "../../../feed/wire-text.ts";
import type { LeftOut } from "./left-out.ts";

const rowSchema = z.tuple([handleSchema, handleSchema], z.unknown());

/** The follows of a file, row by row. A first row that names the columns is no follow. */
export async function* followLines(path: string, leftOut: LeftOut): AsyncGenerator<ImportLine> {
  const options = { bom: true, trim: true, skip_empty_lines: true, relax_column_count: true };
  const rows: AsyncIterable<unknown> = createReadStream(path).pipe(parse(options));
  let number = 0;
  for await (const row of rows) {
    number++;
    const withoutAts = Array.isArray(row) ? row.map((cell) => String(cell).replace(/^@/, "")) : [];
    if (number === 1 && withoutAts[0]?.toLowerCase() === "follower") continue;
    const follow = rowSchema.safeParse(withoutAts);
    if (follow.success) yield { follow: [follow.data[0], follow.data[1]] };
    else leftOut.add("rows without two handles", `row ${number}`);
  }
}
