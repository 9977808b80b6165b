/** Rows that write, one operation after the other: a post, a like, and a page that rebuilds. */
import { setTimeout as sleep } from "node:timers/promises";
import { bodyOf, type Connection, rawRequest } from "../run/connection.ts";
import { floorSenders, floorsOneByOne } from "../run/floors.ts";
import type { Row, Slice } from "../run/rounds.ts";
import type { Runtime } from "../run/runtime.ts";
import { oneByOne } from "../run/slices.ts";
import {
  type Account,
  followAll,
  handles,
  importAll,
  readOnce,
  signIn,
  textOf,
} from "./accounts.ts";
import { type Connections } from "./pages.ts";
import { LATEST, type PushedWorld } from "./pushed.ts";

/** Operations of a slice. */
const POSTS = 8;
const LIKES = 10;
/** A job of a post without followers takes some ms. */
const POST_PAUSE_MS = 40;
const REBUILDS = 4;

/** The row of accepted posts. Their jobs run in the pauses between them, and are not in their time. */
export async function postRow(runtime: Runtime, connections: Connections): Promise<Row> {
  await importAll(runtime, ["poster"], []);
  const [poster] = await signIn(runtime, ["poster"]);
  let posts = 0;
  return writeRow("post accepted", connections, (connection) => {
    const send = () => {
      const body = JSON.stringify({ text: textOf("poster", posts++) });
      return connection.send(
        rawRequest({ method: "POST", path: "/v1/posts", token: poster?.token ?? "", body }),
      );
    };
    const some = oneByOne(
      POSTS,
      async () => void (await send()),
      () => sleep(POST_PAUSE_MS),
    );
    return { send, slice: thenSettled(runtime, some) };
  });
}

/**
 * The row of likes. Counting jobs wait for others for up to a second, so they end after the slice.
 * Every like is the first of its account and post.
 */
export async function likeRow(
  runtime: Runtime,
  connections: Connections,
  { authors, posts }: PushedWorld,
): Promise<Row> {
  let likes = 0;
  return writeRow("like", connections, (connection) => {
    const send = () => {
      const liker = authors[Math.floor(likes / posts.length)];
      const path = `/v1/posts/${posts[likes++ % posts.length]}/like`;
      return connection.send(rawRequest({ method: "PUT", path, token: liker?.token ?? "" }));
    };
    const some = oneByOne(LIKES, async () => void (await send()));
    return { send, slice: thenSettled(runtime, some) };
  });
}

/** The row of pages that rebuild: an imported follow makes the timelines of its followers cold. */
export async function rebuildRow(
  runtime: Runtime,
  connections: Connections,
  { authors }: PushedWorld,
): Promise<Row> {
  const names = handles("rebuilt", REBUILDS);
  const follows = followAll(
    names,
    authors.map(({ user }) => user.handle),
  );
  await importAll(runtime, names, follows);
  const readers = await signIn(runtime, names);
  await readOnce(runtime, readers);
  let [imports, reads] = [0, 0];
  const makeCold = async () => {
    const followee = `followed_${imports++}`;
    await importAll(runtime, [followee], followAll(names, [followee]));
  };
  return writeRow("rebuild", connections, (connection) => {
    const send = () => connection.send(pageOf(readers[reads++ % REBUILDS]));
    const some = oneByOne(REBUILDS, async () => void (await send()));
    const slice = async () => {
      await makeCold();
      return some();
    };
    return { send, slice };
  });
}

/** A slice whose jobs end before the next one, but are not in its time. */
function thenSettled({ settled }: Runtime, some: Slice): Slice {
  return async () => {
    const rate = await some();
    await settled();
    return rate;
  };
}

function pageOf(reader: Account | undefined): Buffer {
  return rawRequest({ path: LATEST, token: reader?.token ?? "" });
}

/** A row on one connection, with floors on one connection. */
async function writeRow(
  name: string,
  { skein, floors }: Connections,
  make: (connection: Connection) => { send: () => Promise<Buffer>; slice: Slice },
): Promise<Row> {
  const [connection] = skein;
  if (connection === undefined) throw new Error("a row needs a connection");
  const { send, slice } = make(connection);
  const answer = bodyOf(await send());
  const senders = await floorSenders(name, answer, floors.slice(0, 1));
  return { name, slice, floors: floorsOneByOne(senders) };
}
