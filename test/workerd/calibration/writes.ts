/** Counts what writes and their jobs cost. */
import pMap from "p-map";
import type { Session } from "../../../feed/wire.ts";
import { announced } from "../author-feeds.ts";
import { detailsOf } from "../meters.ts";
import type { Held, World } from "../world.ts";
import type { Sample } from "../../../scripts/scale/calibration.ts";
import { sampleOf } from "./counted.ts";

/** Where samples are taken. */
export interface Scene {
  shards: number;
  world(changed?: Record<string, unknown>): World;
  note(sample: Sample): void;
  /** Calls a post's counter, which makes it. */
  touch(post: string): Promise<unknown>;
  /** Runs the alarm of a post's counter now. */
  alarm(post: string): Promise<boolean>;
}

/** The batches of the two kinds of queue, as wrangler.toml sets them, and a single message. */
const FANOUT_BATCH = 20;
const COUNTING_BATCH = 100;
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

/** Hands over held messages in batches, and counts a batch. */
async function batches(
  scene: Scene,
  world: World,
  { verb, held, size }: { verb: string; held: Held[]; size: number },
): Promise<void> {
  const some = held.slice(0, size);
  scene.note(
    sampleOf(
      { verb, shards: scene.shards, size },
      await detailsOf(world, () => world.handOver(some)),
    ),
  );
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
}

/** Posts by authors of one awake follower, and their fan-out in batches of one and of many. */
async function posts(scene: Scene, world: World, users: Session[]): Promise<void> {
  const note = async (verb: string, size: number, operation: () => Promise<unknown>) => {
    scene.note(sampleOf({ verb, shards: scene.shards, size }, await detailsOf(world, operation)));
  };
  await pMap(users, (user) => world.scroll(user), { concurrency: 10 });
  await world.import(
    users.map(({ user }, n) => ({
      follow: [users[(n + 1) % users.length]?.user.handle, user.handle],
    })),
  );
  await world.drain();
  for (const user of users) await world.scroll(user);
  for (const user of users.slice(0, FANOUT_BATCH + 1)) {
    await note("post", 1, () => world.post(user, "a post"));
  }
  const held = world.held.splice(0);
  await batches(scene, world, { verb: "fanout", held: held.slice(0, 1), size: 1 });
  await batches(scene, world, { verb: "fanout", held: held.slice(1), size: FANOUT_BATCH });
  await world.drain();
}

async function reactions(scene: Scene, world: World, users: Session[]): Promise<void> {
  const ids: string[] = [];
  for (const user of users) ids.push(await world.post(user, "to be liked"));
  await world.drain();
  const [first = "", ...others] = ids;
  const made = await detailsOf(world, () => scene.touch(first));
  scene.note(sampleOf({ verb: "new counter", shards: scene.shards, size: 1 }, made));
  for (const post of others) await scene.touch(post);
  for (const size of [1, COUNTING_BATCH]) {
    const liked = users
      .slice(0, size)
      .map((user, n) => ({ user, post: ids[(n + size) % ids.length] ?? "" }));
    for (const { user, post } of liked) {
      const like = () => world.call("PUT", `/v1/posts/${post}/like`, { token: user.token });
      const details = await detailsOf(world, like);
      scene.note(sampleOf({ verb: "like", shards: scene.shards, size: 1 }, details));
    }
    await batches(scene, world, { verb: "tally", held: world.held.splice(0), size });
    const published = await detailsOf(world, async () => {
      for (const { post } of liked) await scene.alarm(post);
    });
    scene.note(
      sampleOf({ verb: "publish counts", shards: scene.shards, size: 1 }, published, size),
    );
    const counted = world.heldOfObjects.splice(0);
    await batches(scene, world, { verb: "counted", held: counted, size: counted.length });
  }
  const [post = ""] = ids;
  const read = () => world.call("GET", `/v1/posts/${post}`, { token: users[1]?.token });
  scene.note(
    sampleOf({ verb: "read a post", shards: scene.shards, size: 1 }, await detailsOf(world, read)),
  );
  await world.drain();
}

async function reports(scene: Scene, world: World, users: Session[]): Promise<void> {
  const authors = users.map((_, n) => users[(n + users.length - 1) % users.length]);
  const seen = new Map<string, string>();
  for (const author of authors) {
    if (author !== undefined) seen.set(author.user.id, await world.post(author, "to be seen"));
  }
  await world.drain();
  for (const size of [1, COUNTING_BATCH]) {
    for (const [n, user] of users.slice(0, size).entries()) {
      // One that the viewer's window holds, and one that it does not, such as a pulled author's.
      const elsewhere = authors[(n + users.length / 2) % users.length];
      const items = [authors[n], elsewhere].map((author) => ({
        postId: seen.get(author?.user.id ?? ""),
        dwellMs: 900,
      }));
      const report = () =>
        world.call("POST", "/v1/timeline/impressions", { token: user.token, body: { items } });
      scene.note(
        sampleOf({ verb: "report", shards: scene.shards, size: 1 }, await detailsOf(world, report)),
      );
    }
    await batches(scene, world, { verb: "impressions", held: world.held.splice(0), size });
  }
}

async function edges(scene: Scene, world: World, users: Session[]): Promise<void> {
  const { shards } = scene;
  for (let n = 0; n < 10; n++) {
    const [follower, followee] = [users[n], users[n + 20]];
    if (follower === undefined || followee === undefined) throw new Error("no users");
    const follow = await detailsOf(world, () => world.follow(follower, followee));
    scene.note(sampleOf({ verb: "follow", shards, size: 1 }, follow));
    const unfollow = await detailsOf(world, () => world.follow(follower, followee, false));
    scene.note(sampleOf({ verb: "unfollow", shards, size: 1 }, unfollow));
  }
  const lines = users.flatMap(({ user }, n) =>
    Array.from({ length: 10 }, (_, k) => ({
      follow: [user.handle, users[(n + 2 + k) % users.length]?.user.handle],
    })),
  );
  const imported = await detailsOf(world, () => world.import(lines));
  scene.note(sampleOf({ verb: "import", shards, size: lines.length }, imported));
  await world.drain();
}

async function deletes(scene: Scene, world: World, users: Session[]): Promise<void> {
  for (const reposts of [0, 50]) {
    const [author] = users;
    if (author === undefined) throw new Error("no users");
    const post = await world.post(author, "to be deleted");
    for (const user of users.slice(1, 1 + reposts)) {
      await world.call("PUT", `/v1/posts/${post}/repost`, { token: user.token });
    }
    await world.drain();
    const remove = await detailsOf(world, () =>
      world.call("DELETE", `/v1/posts/${post}`, { token: author.token }),
    );
    scene.note(sampleOf({ verb: "delete", shards: scene.shards, size: 1 }, remove));
    const erase = world.held.filter(({ body }) => JSON.stringify(body).includes('"erase"'));
    world.held = world.held.filter((message) => !erase.includes(message));
    const erased = await detailsOf(world, () => world.handOver(erase));
    const verb = reposts === 0 ? "erase" : "erase reposts";
    scene.note(sampleOf({ verb, shards: scene.shards, size: reposts }, erased));
    await world.drain();
  }
}

/** What cron and the operator do, of which one invocation is counted. */
async function upkeep(scene: Scene, world: World): Promise<void> {
  const { shards } = scene;
  const verbs: [string, () => Promise<unknown>][] = [
    ["sweep", () => world.sweep()],
    ["backlogs", () => world.deps.backlogs.read()],
    [
      "dead letters",
      () => world.call("GET", "/v1/admin/dead-letters", { token: world.env.ADMIN_TOKEN }),
    ],
  ];
  for (const [verb, operation] of verbs) {
    scene.note(sampleOf({ verb, shards, size: 0 }, await detailsOf(world, operation)));
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
  const post = await detailsOf(world, async () => {
    await world.post(author, "to everybody");
    await world.drain();
    await announced(feed);
  });
  scene.note(sampleOf({ verb: "pulled post", shards: scene.shards, size: 1 }, post));
}
