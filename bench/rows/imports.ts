/** The row of imports: lines a second, beside posts by single calls. */
import type { ImportLine } from "../../client/src/wire.ts";
import { importWhole } from "../../scripts/clients.ts";
import { bodyOf, rawRequest } from "../run/connection.ts";
import type { Row, Slice } from "../run/rounds.ts";
import type { Runtime } from "../run/runtime.ts";
import { oneByOne } from "../run/slices.ts";
import { followAll, handles, importAll, signIn, textOf } from "./accounts.ts";
import type { Connections } from "./pages.ts";

/** A slice's lines: its accounts, each with so many follows, posts and likes. */
const ACCOUNTS = 40;
const FOLLOWS_EACH = 10;
const POSTS_EACH = 25;
const LIKES_EACH = 10;
/** The posts that are liked, as in life, are few. */
const LIKED = 20;
/** Single calls of a slice. */
const CALLS = 8;
const LINES = ACCOUNTS * (1 + FOLLOWS_EACH + POSTS_EACH + LIKES_EACH);

/** The row of lines that bring new accounts, follows, posts and likes, one request after the other. */
export async function importRow(runtime: Runtime, { skein }: Connections): Promise<Row> {
  let slices = 0;
  const slice: Slice = async () => {
    const lines = linesOf(`brought_${slices++}`);
    const startMs = performance.now();
    await importWhole(runtime.administration, lines);
    const tookMs = performance.now() - startMs;
    await runtime.settled();
    return (lines.length * 1000) / tookMs;
  };
  return {
    name: `${LINES} import lines`,
    slice,
    floors: { calls: await singlePosts(runtime, skein) },
  };
}

/** Posts by single calls on one connection, whose jobs end after the slice. */
async function singlePosts(runtime: Runtime, skein: Connections["skein"]): Promise<Slice> {
  await importAll(runtime, ["single"], []);
  const [author] = await signIn(runtime, ["single"]);
  const [connection] = skein;
  if (connection === undefined || author === undefined) throw new Error("a row needs a connection");
  let posts = 0;
  const some = oneByOne(CALLS, async () => {
    const body = JSON.stringify({ text: textOf("single", posts++) });
    const { token } = author;
    bodyOf(await connection.send(rawRequest({ method: "POST", path: "/v1/posts", token, body })));
  });
  return async () => {
    const rate = await some();
    await runtime.settled();
    return rate;
  };
}

function linesOf(name: string): ImportLine[] {
  const people = handles(name, ACCOUNTS);
  const follows = people.flatMap((follower, n) =>
    followAll(
      [follower],
      Array.from({ length: FOLLOWS_EACH }, (_, by) => people[(n + by + 1) % ACCOUNTS] ?? ""),
    ),
  );
  const posts = Array.from({ length: ACCOUNTS * POSTS_EACH }, (_, n): ImportLine => {
    const author = people[n % ACCOUNTS] ?? "";
    const at = new Date(Date.UTC(2024, 0, 1) + n * 1000).toISOString();
    return { post: { key: `${name}:${n}`, author, text: textOf(author, n), at } };
  });
  const likes = people.flatMap((handle) =>
    Array.from({ length: LIKES_EACH }, (_, n): ImportLine => {
      return { like: [handle, `${name}:${(2 * n) % LIKED}`] };
    }),
  );
  return [
    ...people.map((handle) => ({ user: { handle, name: handle } })),
    ...follows.map(([follower, followee]): ImportLine => ({ follow: [follower, followee] })),
    ...posts,
    ...likes,
  ];
}
