/**
 * `npm run dead-letters -- list` shows the jobs that failed for good, shard after shard and oldest first
 * in each, and `npm run dead-letters -- retry` puts them back to work.
 *
 * --url    origin of the Skein (http://localhost:8787)
 * --token  its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 */
import { z } from "zod";
import { readAdministration } from "./administration.ts";
import { runCommand } from "./project.ts";
import type { SkeinClient } from "./skein-client.ts";

const LETTERS = "/v1/admin/dead-letters";

const pageSchema = z.object({
  items: z.array(
    z.object({ id: z.string(), at: z.string(), reason: z.string(), job: z.unknown() }),
  ),
  next: z.string().nullable(),
});
type Letter = z.infer<typeof pageSchema>["items"][number];
const retriedSchema = z.object({ retried: z.int(), next: z.string().nullable() });

await runCommand(async () => {
  const { client, token, action } = await readAdministration("npm run dead-letters", [
    "list",
    "retry",
  ]);
  if (action === "list") await list(client, token);
  else await retry(client, token);
});

async function list(client: SkeinClient, token: string): Promise<void> {
  let total = 0;
  for await (const { id, at, reason, job } of letters(client, token)) {
    console.log(`${id}  ${at}  ${reason}\n  ${JSON.stringify(job)}`);
    total++;
  }
  console.log(total === 0 ? "There are no dead letters." : `${total} dead letters.`);
}

async function retry(client: SkeinClient, token: string): Promise<void> {
  let retried = 0;
  let cursor: string | null = null;
  do {
    const step: z.infer<typeof retriedSchema> = await client.json(
      retriedSchema,
      `${LETTERS}/retry${queryOf(cursor)}`,
      { method: "POST", token },
    );
    retried += step.retried;
    cursor = step.next;
  } while (cursor !== null);
  let left = 0;
  for await (const _ of letters(client, token)) left++;
  console.log(`${retried} put back to work, ${left} left.`);
}

/** All dead letters, page by page. */
async function* letters(client: SkeinClient, token: string): AsyncGenerator<Letter> {
  let cursor: string | null = null;
  do {
    const page: z.infer<typeof pageSchema> = await client.json(
      pageSchema,
      LETTERS + queryOf(cursor),
      { token },
    );
    yield* page.items;
    cursor = page.next;
  } while (cursor !== null);
}

function queryOf(cursor: string | null): string {
  return cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
}
