/**
 * `npm run rank:log -- --out FILE.jsonl` writes the training log of a running Skein: a line for each
 * page that was kept, with what came of it. `npm run train` and `npm run rank:eval` read it.
 *
 * --out     the file
 * --url     origin of the Skein (http://localhost:8787)
 * --token   its ADMIN_TOKEN (else from the environment, else from .dev.vars)
 * --recent  "true" for pages of the last hour as well, of which more may come
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { z } from "zod";
import { openAdministration } from "./administration.ts";
import { CommandError, runCommand } from "./project.ts";
import { needed, readFlags } from "./rank/options.ts";

const USAGE = "npm run rank:log -- --out FILE.jsonl [--url ORIGIN] [--token TOKEN] [--recent true]";
const partSchema = z.object({ items: z.array(z.string()), next: z.string().nullable() });

await runCommand(async () => {
  const flag = readFlags(["out", "url", "token", "recent"]);
  const out = needed(flag("out"), USAGE);
  const recent = flag("recent") ?? "false";
  if (recent !== "true" && recent !== "false") throw new CommandError(`Usage: ${USAGE}`);
  const where = { url: flag("url"), token: flag("token") };
  const { client, token } = await openAdministration(where, USAGE);
  const file = createWriteStream(out);
  const written = finished(file);
  let pages = 0;
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const path = `/v1/admin/rank-log?recent=${recent}${query}`;
    const part = await client.json(partSchema, path, { token });
    for (const line of part.items) {
      if (!file.write(`${line}\n`)) await once(file, "drain");
    }
    pages += part.items.length;
    cursor = part.next;
  } while (cursor !== null);
  file.end();
  await written;
  console.log(`${pages} pages in ${out}.`);
});
