/**
 * `npm run counts -- check` compares the counts of every post with its reactions, corrects those that
 * disagree, and prints each correction.
 *
 * --url    origin of the Skein (http://localhost:8787)
 * --token  its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 */
import { orThrow } from "../client/src/errors.ts";
import type { CheckedCounts } from "../client/src/wire.ts";
import { readAdministration } from "./administration.ts";
import { runCommand } from "./project.ts";

/** Posts between two lines of progress. */
const PROGRESS_EVERY = 1_000;

await runCommand(async () => {
  const { administration } = await readAdministration("npm run counts", ["check"]);
  let cursor: string | null = null;
  let checked = 0;
  let corrected = 0;
  do {
    const step: CheckedCounts = orThrow(await administration.checkCounts(cursor));
    for (const { post, what, was, is } of step.corrected) {
      console.log(`${post} ${what}: ${JSON.stringify(was)} is now ${JSON.stringify(is)}`);
    }
    const reported = Math.floor(checked / PROGRESS_EVERY);
    checked += step.checked;
    corrected += step.corrected.length;
    if (Math.floor(checked / PROGRESS_EVERY) > reported) console.log(`${checked} posts checked …`);
    cursor = step.next;
  } while (cursor !== null);
  console.log(`${checked} posts checked, ${corrected} counts corrected.`);
});
