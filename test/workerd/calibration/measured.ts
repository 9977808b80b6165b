/** Measures bytes of rows and objects, and how long the verbs of objects and statements take here. */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { TIMELINE_MAX_DEFAULT } from "../../../feed/limits.ts";
import { created, original, postsOf } from "../../entries.ts";
import type { Session } from "../../../feed/wire.ts";
import { homeOf, newHome, newUser, warm } from "../homes.ts";
import type { World } from "../world.ts";
import { calledObjects } from "../store-objects.ts";
import type { Measured } from "../../../scripts/scale/calibration.ts";
import { people } from "./writes.ts";

/** Rows of each kind that the sizes are means of. */
const ROWS = 400;
const ON_OBJECTS = bindings.STORE === "objects";

/**
 * Bytes that each kind of row adds to its shard, and each kind of object stores. Rows of one account, because the first
 * ones of a store object fit into what it has already.
 */
export async function measureBytes(world: World): Promise<Measured> {
  const users = await people(world, 20);
  const others = await people(world, ROWS);
  const [author] = users;
  if (author === undefined) throw new Error("no accounts");
  const posts: string[] = [];
  const per = async (
    work: (n: number) => Promise<unknown>,
    sizeOf = sizeOfStore,
  ): Promise<number> => {
    const before = await sizeOf();
    for (let n = 0; n < ROWS; n++) await work(n);
    await world.drain();
    return Math.round(((await sizeOf()) - before) / ROWS);
  };
  const follow = (of: (n: number) => [Session | undefined, Session | undefined]) => (n: number) => {
    const [follower, followee] = of(n);
    if (follower === undefined || followee === undefined) throw new Error("no accounts");
    return world.follow(follower, followee);
  };
  const byUser = (n: number) => users[n % users.length] ?? author;
  const bytes = {
    post: await per(async (n) => posts.push(await world.post(author, `${n} `.repeat(40)))),
    like: await per((n) =>
      world.call("PUT", `/v1/posts/${posts[n]}/like`, { token: byUser(1).token }),
    ),
    edge: await perEdge(per, follow, author, others),
    account: await per((n) => world.import([{ user: { handle: `weighed_${n}` } }])),
  };
  return { ...bytes, ...(await sizeOfObjects(posts[0] ?? "")) };
}

/**
 * Bytes of both sides of an edge. In store objects the side of each of many accounts fits into what their objects have
 * already, so both sides are measured where they are many.
 */
async function perEdge(
  per: (work: (n: number) => Promise<unknown>) => Promise<number>,
  follow: (
    of: (n: number) => [Session | undefined, Session | undefined],
  ) => (n: number) => Promise<unknown>,
  author: Session,
  others: readonly Session[],
): Promise<number> {
  // An object's first alarm weighs a page.
  for (const other of others) if (other !== others[0]) await follow(() => [other, others[0]])(0);
  const followers = await per(follow((n) => [others[n], author]));
  if (!ON_OBJECTS) return followers;
  return followers + (await per(follow((n) => [author, others[n]])));
}

function sizeOfStore(): Promise<number> {
  return ON_OBJECTS ? sizeOfStoreObjects() : sizeOfShards();
}

async function sizeOfShards(): Promise<number> {
  const sizes = await Promise.all(
    [bindings.DB_0, bindings.DB_1].map(async (shard) => {
      const { meta } = await shard.prepare("SELECT 1").run();
      return meta.size_after;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOfStoreObjects(): Promise<number> {
  const sizes = await Promise.all(
    calledObjects("").map((name) =>
      runInDurableObject(
        bindings.STORE_OBJECT.getByName(name),
        (_, { storage }) => storage.sql.databaseSize,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function sizeOfObjects(post: string): Promise<Measured> {
  const { owner, home } = newHome();
  const author = newUser();
  await warm(home, { follows: [author], entries: postsOf(author, TIMELINE_MAX_DEFAULT) });
  const sizeOf = (stub: DurableObjectStub<undefined>) =>
    runInDurableObject(stub, (_, { storage }) => storage.sql.databaseSize);
  return {
    homeTimeline: await sizeOf(homeOf(owner).home),
    postCounter: await sizeOf(bindings.POST_COUNTER.getByName(post)),
  };
}

/** Milliseconds of one call, as the mean of many one after the other. */
export async function measureTimes(world: World): Promise<Measured> {
  const { home } = newHome();
  const author = newUser();
  await warm(home, { follows: [author], entries: postsOf(author, TIMELINE_MAX_DEFAULT) });
  const late = postsOf(author, ROWS, 10_000);
  const viewer = newUser();
  const meanMs = async (work: (n: number) => Promise<unknown>): Promise<number> => {
    const beganMs = Date.now();
    for (let n = 0; n < ROWS; n++) await work(n);
    return Number(((Date.now() - beganMs) / ROWS).toFixed(3));
  };
  return {
    deliverMs: await meanMs((n) =>
      home.deliver([created(late[n] ?? original({ id: viewer, author }))]),
    ),
    readWindowMs: await meanMs(() => home.readWindow({ top: null, below: null, limit: 20 })),
    statementMs: await meanMs(() => world.deps.store.accounts.byIds([viewer])),
    counterMs: await meanMs(() => bindings.POST_COUNTER.getByName(viewer).read()),
  };
}
