/** Measures bytes of rows and objects, and how long the verbs of objects and statements take here. */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { TIMELINE_MAX_DEFAULT } from "../../../feed/limits.ts";
import { created, original, postsOf } from "../../entries.ts";
import { homeOf, newHome, newUser, warm } from "../homes.ts";
import type { World } from "../world.ts";
import type { Measured } from "../../../scripts/scale/calibration.ts";
import { people } from "./writes.ts";

/** Rows of each kind that the sizes are means of. */
const ROWS = 400;

/** Bytes that each kind of row adds to its shard, and each kind of object stores. */
export async function measureBytes(world: World): Promise<Measured> {
  const users = await people(world, 20);
  const others = await people(world, ROWS);
  const [author] = users;
  if (author === undefined) throw new Error("no accounts");
  const posts: string[] = [];
  const per = async (work: (n: number) => Promise<unknown>): Promise<number> => {
    const before = await sizeOfShards();
    for (let n = 0; n < ROWS; n++) await work(n);
    await world.drain();
    return Math.round(((await sizeOfShards()) - before) / ROWS);
  };
  const byUser = (n: number) => users[n % users.length] ?? author;
  const bytes = {
    post: await per(async (n) => posts.push(await world.post(byUser(n), `${n} `.repeat(40)))),
    like: await per((n) =>
      world.call("PUT", `/v1/posts/${posts[n]}/like`, { token: byUser(n + 1).token }),
    ),
    edge: await per(async (n) => {
      const other = others[n];
      if (other !== undefined) await world.follow(other, author);
    }),
    account: await per((n) => world.import([{ user: { handle: `weighed_${n}` } }])),
  };
  return { ...bytes, ...(await sizeOfObjects(posts[0] ?? "")) };
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
