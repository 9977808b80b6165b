/**
 * `npm run import -- file.ndjson` imports accounts, follows, posts, likes and reposts from a file of any size. A run that was
 * cut off is continued by the next one, from the position that it kept in `<file>.position`; and what exists is skipped.
 * `<file>.bad` gets the lines that are wrong, as JSON with their numbers.
 *
 * --ids FILE  gets the ids of what the lines made or found, as JSON with their numbers
 * --again     begins with the first line
 * --url       origin of the Skein (http://localhost:8787)
 * --token     its ADMIN_TOKEN, or a key with the scope `import` (by default from the environment, then from .dev.vars)
 */
import { parseArgs } from "node:util";
import { adminToken, DEFAULT_URL } from "./administration.ts";
import { SkeinAdministration } from "../client/src/skein-client.ts";
import { badLinesOf, type FileProgress, importFile } from "./import/run.ts";
import { CommandError, runCommand } from "./project.ts";
import { durationText } from "./store-move/progress.ts";

const USAGE =
  "Usage: npm run import -- <file.ndjson> [--ids <file>] [--again] [--url <origin>] [--token <ADMIN_TOKEN>]";
/** A long import outlives a restart of Skein, and the wait that a rate limit asks for. */
const PATIENCE = { attempts: 12, waitMaxMs: 120_000 };
/** Bad lines that are shown; all of them are in their file. */
const SHOWN_MAX = 20;

function readFlags() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        ids: { type: "string" },
        again: { type: "boolean", default: false },
        url: { type: "string", default: DEFAULT_URL },
        token: { type: "string" },
      },
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new Error("Name one file.");
    return { ...values, file };
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${USAGE}`);
  }
}

/** How far the import is, how fast, and how long the rest takes. */
function describe(progress: FileProgress, tookMs: number): string {
  const { lines, linesBefore, share, shareBefore } = progress;
  const rate = Math.round(((lines - linesBefore) * 1000) / tookMs);
  const leftMs = (tookMs * (1 - share)) / (share - shareBefore);
  const done = `${lines.toLocaleString("en")} lines, ${Math.floor(share * 100)} % done`;
  const rest = Number.isFinite(leftMs) ? `, about ${durationText(leftMs)} left` : "";
  return `${done}, ${rate.toLocaleString("en")} lines a second${rest}`;
}

await runCommand(async () => {
  const { file, ids = null, again, url, token } = readFlags();
  const administration = new SkeinAdministration({
    url,
    token: await adminToken(token, USAGE),
    ...PATIENCE,
  });
  let shown = 0;
  const beganMs = performance.now();
  const { report, lines } = await importFile(
    { administration, url, file, ids, again },
    (progress) => console.log(describe(progress, performance.now() - beganMs)),
    (line, error) => {
      if (shown++ < SHOWN_MAX) console.error(`line ${line}: ${error}`);
    },
  );
  const { users, follows, posts, likes, reposts, skipped, errors } = report;
  console.log(
    `${lines} lines: ${users} accounts, ${follows} follows, ${posts} posts, ${likes} likes and ${reposts} reposts are new; ` +
      `${skipped} lines changed nothing.`,
  );
  if (errors === 0) return;
  console.error(`${errors} lines are wrong; ${badLinesOf(file)} has them.`);
  process.exitCode = 1;
});
