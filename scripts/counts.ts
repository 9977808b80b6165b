/**
 * `npm run counts -- check` compares the counts of every post with its reactions, corrects those that
 * disagree, and prints each correction.
 *
 * --url    origin of the Skein (http://localhost:8787)
 * --token  its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 */
import { z } from "zod";
import { readAdministration } from "./administration.ts";
import { runCommand } from "./project.ts";

const countsSchema = z.object({ likes: z.int(), reposts: z.int(), replies: z.int() });
const checkedSchema = z.object({
  checked: z.int(),
  corrected: z.array(
    z.object({ post: z.string(), what: z.string(), was: countsSchema, is: countsSchema }),
  ),
  next: z.string().nullable(),
});
/** Posts between two lines of progress. */
const PROGRESS_EVERY = 1_000;

await runCommand(async () => {
  const { client, token } = await readAdministration("npm run counts", ["check"]);
  let cursor: string | null = null;
  let checked = 0;
  let corrected = 0;
  do {
    const query: string = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const step = await client.json(checkedSchema, `/v1/admin/counts/check${query}`, {
      method: "POST",
      token,
    });
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
