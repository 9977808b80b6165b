/**
 * `npm run dead-letters -- list` shows the jobs that failed for good, shard after shard and oldest first
 * in each, and `npm run dead-letters -- retry` puts them back to work.
 *
 * --url    origin of the Skein (http://localhost:8787)
 * --token  its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 */
import type { RetriedDeadLetters, SkeinAdministration } from "../client/src/skein-client.ts";
import { orThrow } from "../client/src/errors.ts";
import { readAdministration } from "./administration.ts";
import { runCommand } from "./project.ts";

await runCommand(async () => {
  const { administration, action } = await readAdministration("npm run dead-letters", [
    "list",
    "retry",
  ]);
  if (action === "list") await list(administration);
  else await retry(administration);
});

async function list(administration: SkeinAdministration): Promise<void> {
  let total = 0;
  for await (const { id, at, reason, job } of administration.listDeadLetters().items()) {
    console.log(`${id}  ${at}  ${reason}\n  ${JSON.stringify(job)}`);
    total++;
  }
  console.log(total === 0 ? "There are no dead letters." : `${total} dead letters.`);
}

async function retry(administration: SkeinAdministration): Promise<void> {
  let retried = 0;
  let cursor: string | null = null;
  do {
    const step: RetriedDeadLetters = orThrow(await administration.retryDeadLetters(cursor));
    retried += step.retried;
    cursor = step.next;
  } while (cursor !== null);
  let left = 0;
  for await (const _ of administration.listDeadLetters().items()) left++;
  console.log(`${retried} put back to work, ${left} left.`);
}
