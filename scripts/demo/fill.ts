/**
 * Fills a world by an import. Every step can be repeated: an interrupted run continues where it stopped,
 * and creates nothing twice.
 */
import { importWhole } from "../clients.ts";
import { CommandError } from "../project.ts";
import { orThrow } from "../../client/src/errors.ts";
import type { ImportLine, Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import { type History, linesOfHistory } from "./history.ts";
import { Progress, type Step } from "./progress.ts";
import { DEMO_PEOPLE, followsOf, handleOf, type World } from "./world.ts";

/** Lines of one request. */
const LINES_PER_REQUEST = 10_000;
/** How long a line takes on two cores: the bar's estimate begins with these, and then goes by the clock. */
const LINE_MS = { account: 0.02, follow: 0.08, post: 2.5, reaction: 1.5 };

/** Creates the accounts of the demo's people. @throws CommandError if one has another password */
export async function openDemoAccounts(client: Skein): Promise<void> {
  await Promise.all(
    DEMO_PEOPLE.map(async ({ handle, name, password }) => {
      const made = await client.createAccount({ handle, name, password });
      if (made.ok) return;
      if (made.error.code !== "handle_taken") throw made.error;
      const known = await client.createSession({ handle, password });
      if (known.ok) return;
      if (known.error.code !== "bad_credentials") throw known.error;
      throw new CommandError(
        `@${handle} belongs to somebody else in this world. Use another data folder for the demo:\n` +
          "  npm run demo -- --persist-to .wrangler/demo",
      );
    }),
  );
}

/** Whether the last account of the last step has all its follows. */
export async function isFilled(client: Skein, world: World): Promise<boolean> {
  const last = world.readers.findLast((reader) => !world.demo.includes(reader));
  if (last === undefined) return true;
  const user = await client.readUser(`@${handleOf(world, last)}`);
  if (!user.ok && user.error.code === "not_found") return false;
  return orThrow(user).counts.following >= (world.following.get(last)?.length ?? 0);
}

/**
 * Imports accounts, history and follows. The history comes before anyone follows anyone, so that nothing
 * is fanned out: the first read builds each timeline from the store.
 * @returns the ids of the history's posts, by their numbers
 */
export async function fillWorld(
  administration: SkeinAdministration,
  world: World,
  history: History,
): Promise<Map<number, string>> {
  const users = world.people.map(({ handle, name }) => ({ user: { handle, name } }));
  const follows = [...followsOf(world)].map((follow) => ({ follow }));
  const past = linesOfHistory(world, history);
  const posts = past.slice(0, history.posts.length);
  const reactions = past.slice(history.posts.length);
  const works: (Step & { lines: readonly ImportLine[] })[] = [
    { label: "Accounts", lines: users, pieceMs: LINE_MS.account },
    { label: "Posts and replies", lines: posts, pieceMs: LINE_MS.post },
    { label: "Likes and reposts", lines: reactions, pieceMs: LINE_MS.reaction },
    { label: "Follows", lines: follows, pieceMs: LINE_MS.follow },
  ].map((work) => ({ ...work, pieces: work.lines.length }));
  const counts = works.map(
    ({ label, pieces }) => `${pieces.toLocaleString("en")} ${label.toLowerCase()}`,
  );
  console.log(`Filling the world: ${counts.join(", ")}`);
  const progress = new Progress(works);
  const ids = new Map<number, string>();
  for (const { lines } of works) {
    const onId = lines === posts ? (line: number, id: string) => void ids.set(line - 1, id) : null;
    await importAll(administration, lines, progress, onId);
    progress.next();
  }
  progress.end();
  return ids;
}

async function importAll(
  administration: SkeinAdministration,
  lines: readonly ImportLine[],
  progress: Progress,
  onId: ((line: number, id: string) => void) | null,
): Promise<void> {
  for (let start = 0; start < lines.length; start += LINES_PER_REQUEST) {
    const part = lines.slice(start, start + LINES_PER_REQUEST);
    const onPartId = onId && ((line: number, id: string) => onId(start + line, id));
    await importWhole(administration, part, (done) => progress.update(start + done), onPartId);
  }
}
