/**
 * `npm run dead-letters -- list` shows the jobs that failed for good, oldest first, and
 * `npm run dead-letters -- retry` puts them back to work.
 *
 * --url    origin of the Skein (http://localhost:8787)
 * --token  its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 */
import { z } from "zod";
import { readAdministration } from "./administration.ts";
import { runCommand } from "./project.ts";
import type { SkeinClient } from "./skein-client.ts";

const pageSchema = z.object({
  items: z.array(
    z.object({ id: z.string(), at: z.string(), reason: z.string(), job: z.unknown() }),
  ),
  total: z.int(),
  next: z.string().nullable(),
});
const retriedSchema = z.object({ retried: z.int(), left: z.int() });

await runCommand(async () => {
  const { client, token, action } = await readAdministration("npm run dead-letters", [
    "list",
    "retry",
  ]);
  if (action === "list") await list(client, token);
  else await retry(client, token);
});

async function list(client: SkeinClient, token: string): Promise<void> {
  let cursor: string | null = null;
  let total: number;
  do {
    const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page = await client.json(pageSchema, `/v1/admin/dead-letters${query}`, { token });
    for (const { id, at, reason, job } of page.items) {
      console.log(`${id}  ${at}  ${reason}\n  ${JSON.stringify(job)}`);
    }
    ({ total, next: cursor } = page);
  } while (cursor !== null);
  console.log(total === 0 ? "There are no dead letters." : `${total} dead letters.`);
}

async function retry(client: SkeinClient, token: string): Promise<void> {
  const { retried, left } = await client.json(retriedSchema, "/v1/admin/dead-letters/retry", {
    method: "POST",
    token,
  });
  console.log(`${retried} put back to work, ${left} left.`);
}
