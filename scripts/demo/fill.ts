/**
 * Fills a world through the API. Every step can be repeated: an interrupted run continues where it
 * stopped, and creates nothing twice.
 */
import { importWhole } from "../clients.ts";
import { CommandError } from "../project.ts";
import { orThrow } from "../../client/src/errors.ts";
import type {
  ImportLine,
  NewPost,
  Skein,
  SkeinAdministration,
} from "../../client/src/skein-client.ts";
import { type Line, chatter } from "./chatter.ts";
import { forEachInOrder, type Work } from "./in-order.ts";
import { Progress } from "./progress.ts";
import { randomFrom } from "./random.ts";
import type { MintedTokens } from "../minted-tokens.ts";
import { DEMO_PEOPLE, followsOf, handleOf, type World } from "./world.ts";

/** Lines of one request, because an invocation has limits of queries, time and memory. */
const LINES_PER_REQUEST = 10_000;
/** Posts of history. */
export const HISTORY_POSTS = 2_400;
const HISTORY_SEED = 7;
/** Posts sent at the same time: enough for one machine, and far below the local queue's bound. */
const POSTS_AT_ONCE = 24;

interface Filling {
  client: Skein;
  administration: SkeinAdministration;
  world: World;
  tokens: MintedTokens;
}

/** A post, or a reply if it has a parent. */
export function postOf(text: string, parent: string | null): NewPost {
  return parent === null ? { text } : { text, replyTo: parent };
}

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

/** Imports the accounts. */
export async function importPeople({ administration, world }: Filling): Promise<void> {
  const lines = world.people.map(({ handle, name }) => ({ user: { handle, name } }));
  await importAll(administration, lines, "Accounts");
}

/**
 * Posts the history before anyone follows anyone, so that nothing is fanned out. The first read builds
 * each timeline from the store.
 */
export async function postHistory({ client, world, tokens }: Filling): Promise<void> {
  const lines: Line[] = [];
  for (const line of chatter(world, randomFrom(HISTORY_SEED))) {
    if (lines.length === HISTORY_POSTS) break;
    lines.push(line);
  }
  const progress = new Progress("Posts", lines.length);
  let done = 0;
  const post: Work<Line, string> = async ({ author, text, replyTo }, number, earlier) => {
    const parent = replyTo === null ? null : await earlier(replyTo);
    const token = await tokens.of(handleOf(world, author));
    const key = `demo-history-${number}`;
    const { id } = orThrow(await client.as(token).createPost(postOf(text, parent), key));
    progress.update(++done);
    return id;
  };
  await forEachInOrder(lines, POSTS_AT_ONCE, post);
  progress.end();
}

/** Imports the follows, those of the demo's people first, and reports when these are done. */
export async function importFollows(
  { administration, world }: Filling,
  onDemoFollows: () => Promise<void>,
): Promise<void> {
  const lines = [...followsOf(world)].map((follow) => ({ follow }));
  const first = world.demo.reduce((sum, own) => sum + (world.following.get(own)?.length ?? 0), 0);
  await importAll(administration, lines.slice(0, first), "Follows of the demo's people");
  await onDemoFollows();
  await importAll(administration, lines.slice(first), "Follows of everyone else");
}

async function importAll(
  administration: SkeinAdministration,
  lines: readonly ImportLine[],
  label: string,
): Promise<void> {
  const progress = new Progress(label, lines.length);
  for (let start = 0; start < lines.length; start += LINES_PER_REQUEST) {
    const part = lines.slice(start, start + LINES_PER_REQUEST);
    await importWhole(administration, part, (done) => progress.update(start + done));
  }
  progress.end();
}
