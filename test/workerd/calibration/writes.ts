/** Counts what writes and their jobs cost. */
import pMap from "p-map";
import type { Session } from "../../../feed/wire.ts";
import { env as bindings } from "cloudflare:workers";
import { idOwner, type UserId } from "../../../feed/ids.ts";
import { CROWD_FOLLOWERS, ENGAGEMENT_FOLD_ENTRIES } from "../../../feed/limits.ts";
import { sweepShard } from "../../../workers/jobs/sweep.ts";
import { OBJECTS } from "../store-objects.ts";
import { announced } from "../author-feeds.ts";
import type { Held, World } from "../world.ts";
import { COUNTING_BATCH, FANOUT_BATCH } from "../../../scripts/scale/calibration.ts";

/** Where samples are taken. */
export interface Scene {
  world(changed?: Record<string, unknown>): World;
  /**
   * Counts an operation as a sample of a verb.
   * @param what `size` is what the verb works on; the operation runs the verb `times` times, usually once; `about` is
   * an account whose object's calls are counted apart
   */
  count(
    world: World,
    what: { verb: string; size: number; times?: number; about?: UserId },
    operation: () => Promise<unknown>,
  ): Promise<void>;
  /** Calls a post's counter, which makes it. */
  touch(post: string): Promise<unknown>;
  /** Runs the alarm of a post's counter now. */
  alarm(post: string): Promise<boolean>;
}

/** Accounts whose reports are counted, and those among them who fill their rings. */
const REPORTERS = 20;
const FULL_RINGS = 2;
/** Accounts enough for a full counting batch of different actors. */
const PEOPLE = 100;

let scenes = 0;

/** Makes accounts by one import. */
export async function people(world: World, count: number): Promise<Session[]> {
  const scene = scenes++;
  const handles = Array.from(
    { length: count },
    (_, n) => `p${scene}_${n}_${Date.now().toString(36)}`,
  );
  await world.import(handles.map((handle) => ({ user: { handle } })));
  return pMap(handles, (handle) => world.session(handle), { concurrency: 10 });
}

/** Hands over the first `size` held messages as one batch, and counts it. */
function countBatch(
  scene: Scene,
  world: World,
  { verb, held, size }: { verb: string; held: Held[]; size: number },
): Promise<void> {
  return scene.count(world, { verb, size }, () => world.handOver(held.slice(0, size)));
}

export async function countWrites(scene: Scene): Promise<void> {
  const world = scene.world();
  const users = await people(world, PEOPLE);
  await posts(scene, world, users);
  await reactions(scene, world, users);
  await reports(scene, world, users);
  await edges(scene, world, users);
  await deletes(scene, world, users);
  await upkeep(scene, world);
  await celebrities(scene);
  if (bindings.STORE === "objects") await crowds(scene);
}

/** Posts by authors of one awake follower, and their fan-out in batches of one and of many. */
async function posts(scene: Scene, world: World, users: Session[]): Promise<void> {
  await pMap(users, (user) => world.scroll(user), { concurrency: 10 });
  await world.import(
    users.map(({ user }, n) => ({
      follow: [users[(n + 1) % users.length]?.user.handle, user.handle],
    })),
  );
  await world.drain();
  for (const user of users) await world.scroll(user);
  for (const user of users.slice(0, FANOUT_BATCH + 1)) {
    await scene.count(world, { verb: "post", size: 1 }, () => world.post(user, "a post"));
  }
  const held = world.held.splice(0);
  await countBatch(scene, world, { verb: "fanout", held: held.slice(0, 1), size: 1 });
  await countBatch(scene, world, { verb: "fanout", held: held.slice(1), size: FANOUT_BATCH });
  await world.drain();
}

async function reactions(scene: Scene, world: World, users: Session[]): Promise<void> {
  const ids: string[] = [];
  for (const user of users) ids.push(await world.post(user, "to be liked"));
  await world.drain();
  const [first = "", ...others] = ids;
  await scene.count(world, { verb: "new counter", size: 1 }, () => scene.touch(first));
  for (const post of others) await scene.touch(post);
  for (const size of [1, COUNTING_BATCH]) {
    const liked = users
      .slice(0, size)
      .map((user, n) => ({ user, post: ids[(n + size) % ids.length] ?? "" }));
    for (const { user, post } of liked) {
      const like = () => world.call("PUT", `/v1/posts/${post}/like`, { token: user.token });
      await scene.count(world, { verb: "like", size: 1 }, like);
    }
    await countBatch(scene, world, { verb: "tally", held: world.held.splice(0), size });
    await scene.count(world, { verb: "publish counts", size: 1, times: size }, async () => {
      for (const { post } of liked) await scene.alarm(post);
    });
    const counted = world.heldOfObjects.splice(0);
    await countBatch(scene, world, { verb: "counted", held: counted, size: counted.length });
  }
  const [post = ""] = ids;
  const read = () => world.call("GET", `/v1/posts/${post}`, { token: users[1]?.token });
  await scene.count(world, { verb: "read a post", size: 1 }, read);
  const find = () => world.call("GET", `/v1/users/@${users[2]?.user.handle}`);
  await scene.count(world, { verb: "find a handle", size: 1 }, find);
  await world.drain();
}

async function reports(scene: Scene, world: World, users: Session[]): Promise<void> {
  const authors = users.map((_, n) => users[(n + users.length - 1) % users.length]);
  const seen = new Map<string, string>();
  for (const author of authors) {
    if (author !== undefined) seen.set(author.user.id, await world.post(author, "to be seen"));
  }
  await world.drain();
  for (const [n, user] of users.slice(0, REPORTERS).entries()) {
    // One that the viewer's window holds, and one that it does not, such as a pulled author's.
    const elsewhere = authors[(n + users.length / 2) % users.length];
    const items = [authors[n], elsewhere].map((author) => ({
      postId: seen.get(author?.user.id ?? ""),
      dwellMs: 900,
    }));
    const report = () =>
      world.call("POST", "/v1/timeline/impressions", { token: user.token, body: { items } });
    await scene.count(world, { verb: "report", size: 1 }, report);
    if (n >= FULL_RINGS) continue;
    for (let more = 2; more < ENGAGEMENT_FOLD_ENTRIES; more++) await report();
    await scene.count(world, { verb: "report that fills a ring", size: 1 }, report);
  }
}

async function edges(scene: Scene, world: World, users: Session[]): Promise<void> {
  for (let n = 0; n < 10; n++) {
    const [follower, followee] = [users[n], users[n + 20]];
    if (follower === undefined || followee === undefined) throw new Error("no users");
    for (const [verb, following] of [
      ["follow", true],
      ["unfollow", false],
    ] as const) {
      await scene.count(world, { verb, size: 1 }, () =>
        world.follow(follower, followee, following),
      );
    }
  }
  const lines = users.flatMap(({ user }, n) =>
    Array.from({ length: 10 }, (_, k) => ({
      follow: [user.handle, users[(n + 2 + k) % users.length]?.user.handle],
    })),
  );
  await scene.count(world, { verb: "import", size: lines.length }, () => world.import(lines));
  await world.drain();
}

async function deletes(scene: Scene, world: World, users: Session[]): Promise<void> {
  for (const reposts of [0, 10, 50]) {
    const [author] = users;
    if (author === undefined) throw new Error("no users");
    const post = await world.post(author, "to be deleted");
    for (const user of users.slice(1, 1 + reposts)) {
      await world.call("PUT", `/v1/posts/${post}/repost`, { token: user.token });
    }
    await world.drain();
    await scene.count(world, { verb: "delete", size: 1 }, () =>
      world.call("DELETE", `/v1/posts/${post}`, { token: author.token }),
    );
    const erase = world.held.filter(({ body }) => JSON.stringify(body).includes('"erase"'));
    world.held = world.held.filter((message) => !erase.includes(message));
    const verb = reposts === 0 ? "erase" : "erase reposts";
    await scene.count(world, { verb, size: reposts }, () => world.handOver(erase));
    await world.drain();
  }
}

/** What cron and the operator do, of which one invocation is counted. */
async function upkeep(scene: Scene, world: World): Promise<void> {
  const { oldReposts, shards } = world.deps.store;
  // Every shard's walk through old reposts has ended, as in a Skein that is a day old.
  const ended = { passes: 2, position: null, dueMs: 0 };
  for (let shard = 0; shard < shards; shard++) await oldReposts?.setWalk(shard, ended);
  const verbs: [string, () => Promise<unknown>][] = [
    ["sweep", () => sweepShard(world.deps, 0)],
    [
      "dead letters",
      () => world.call("GET", "/v1/admin/dead-letters", { token: world.env.ADMIN_TOKEN }),
    ],
  ];
  for (const [verb, operation] of verbs) {
    await scene.count(world, { verb, size: 0 }, operation);
  }
}

/** A pulled author's post, with nobody online. */
async function celebrities(scene: Scene): Promise<void> {
  const world = scene.world({ CELEBRITY_THRESHOLD: "2" });
  const { author } = await world.audience(2);
  await world.drain();
  const feed = world.env.AUTHOR_FEED.getByName(author.user.id);
  await world.post(author, "the first");
  await world.drain();
  await announced(feed);
  await scene.count(world, { verb: "pulled post", size: 1 }, async () => {
    await world.post(author, "to everybody");
    await world.drain();
    await announced(feed);
  });
}

/** What the object of an account in great demand gets of those who read, like and follow. */
async function crowds(scene: Scene): Promise<void> {
  const world = scene.world();
  const [author, first, ...others] = await people(world, 7);
  if (author === undefined || first === undefined) throw new Error("no accounts");
  const post = await world.post(author, "for everybody");
  await world.drain();
  const sql = `UPDATE users SET followers = ${CROWD_FOLLOWERS * 20}, epoch = 1`;
  const statements = [{ sql, parameters: [] }];
  await OBJECTS.run(`account:${idOwner(author.user.id)}`, { statements, lists: [] });
  const verbs: Record<string, (by: Session) => Promise<unknown>> = {
    "read a post of a crowd": (by) => world.call("GET", `/v1/posts/${post}`, { token: by.token }),
    "like of a crowd": (by) => world.call("PUT", `/v1/posts/${post}/like`, { token: by.token }),
    "follow of a crowd": (by) => world.follow(by, author),
  };
  for (const [verb, work] of Object.entries(verbs)) {
    // The first one reads what is kept for the others.
    await work(first);
    await world.drain();
    for (const by of others) {
      await scene.count(world, { verb, size: 1, about: author.user.id }, async () => {
        await work(by);
        await world.drain();
      });
    }
  }
}
