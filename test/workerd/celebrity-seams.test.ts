/** The seams where an author crosses the threshold, and where an author feed ends. */
import { env as bindings } from "cloudflare:workers";
import pMap from "p-map";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OUTBOX_DUE_MS, AUTHOR_FEED_MAX_ENTRIES } from "../../feed/limits.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { findingNothing } from "./doubles.ts";
import { announced } from "./author-feeds.ts";
import { atEveryPoint, dieAt, dyingAtEveryPoint, throughSteps } from "./steps.ts";
import { World } from "./world.ts";

// Many of these tests run an operation once for each of its steps.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 120_000 });

/** At three followers an author becomes pulled, at two pushed again. */
const THRESHOLD = "3";
const LATER_MS = 10 * OUTBOX_DUE_MS;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const authors: Session[] = [];
// An author feed with unpublished changes would publish them after the test's world is gone.
afterAll(async () => {
  await pMap(authors, ({ user }) => announced(bindings.AUTHOR_FEED.getByName(user.id)), {
    concurrency: 20,
  });
});

/** Makes an author of one post, whom all readers but the last follow. */
async function nearThreshold(changed: Partial<Env> = {}) {
  const env = {
    CELEBRITY_THRESHOLD: THRESHOLD,
    AUTHOR_FEED_PAGES: findingNothing(bindings.AUTHOR_FEED_PAGES),
    ...changed,
  };
  const world = new World(env);
  const author = await world.account();
  authors.push(author);
  const old = await world.post(author, "before");
  const readers: Session[] = [];
  for (let n = 0; n < Number(THRESHOLD); n++) readers.push(await world.account());
  const last = readers.at(-1) ?? author;
  for (const reader of readers) {
    await world.scroll(reader);
    if (reader !== last) await world.follow(reader, author);
  }
  await world.drain();
  /** What a reader gets from a new isolate. */
  const scroll = (reader: Session, limit = 100) => new World(env).scroll(reader, limit);
  return { world, author, old, readers, last, scroll };
}

/** The same after the last reader has followed too. */
async function aboveThreshold() {
  const scene = await nearThreshold();
  await scene.world.follow(scene.last, scene.author);
  await scene.world.drain();
  expect(await modeOf(scene.world, scene.author)).toEqual({ epoch: 1, migrating: false });
  return scene;
}

async function modeOf(world: World, author: Session) {
  const accounts = await world.deps.store.accounts.byIds([author.user.id]);
  const { epoch = 0, migrating = false } = accounts.get(author.user.id) ?? {};
  return { epoch, migrating };
}

type Scene = Awaited<ReturnType<typeof nearThreshold>>;

/** The last reader follows or unfollows, and the author's mode reaches every follower. */
async function cross({ world, author, last }: Scene, edge: boolean): Promise<void> {
  await world.follow(last, author, edge);
  await world.deliverSome(world.held.length);
}

const CROSSINGS = [
  {
    name: "promotion",
    scene: nearThreshold,
    edge: true,
    after: { epoch: 1, migrating: false },
    isFollower: () => true,
  },
  {
    name: "demotion",
    scene: aboveThreshold,
    edge: false,
    after: { epoch: 2, migrating: false },
    isFollower: ({ last }: Scene, reader: Session) => reader !== last,
  },
] as const;

describe("a threshold is crossed by epochs", () => {
  for (const { name, scene, edge, after, isFollower } of CROSSINGS) {
    for (const wait of [0, 3]) {
      it(`a post made at any step of a ${name} and fanned out ${wait} steps later is in every timeline once`, () =>
        atEveryPoint(async (index) => {
          const stage = await scene();
          const { world, author, old, readers, scroll } = stage;
          let post = "";
          const points = await throughSteps(
            world,
            () => cross(stage, edge),
            async (point) => {
              if (point.index === index) post = await world.post(author, "meanwhile");
              if (point.index === index + wait) await world.drain();
            },
          );
          await world.drain();
          const where = `published ${points[index]?.name}, drained ${wait} later`;
          for (const reader of readers.filter((one) => isFollower(stage, one))) {
            expect(await scroll(reader), where).toEqual([post, old]);
          }
          expect(await modeOf(world, author), where).toEqual(after);
          return points.length - wait;
        }));
    }

    it(`a post deleted at any step of a ${name} is in no timeline`, () =>
      atEveryPoint(async (index) => {
        const stage = await scene();
        const { world, author, old, readers, scroll } = stage;
        const gone = await world.post(author, "gone soon");
        await world.drain();
        const points = await throughSteps(
          world,
          () => cross(stage, edge),
          async (point) => {
            if (point.index !== index) return;
            await world.call("DELETE", `/v1/posts/${gone}`, { token: author.token });
            await world.drain();
          },
        );
        await world.drain();
        for (const reader of readers.filter((one) => isFollower(stage, one))) {
          expect(await scroll(reader), points[index]?.name).toEqual([old]);
        }
        return points.length;
      }));

    it(`a reader who follows or rebuilds at any step of a ${name} misses nothing`, () =>
      atEveryPoint(async (index) => {
        const stage = await scene();
        const { world, author, old, readers, scroll } = stage;
        const [sleeper] = readers;
        if (sleeper === undefined) throw new Error("there is no reader");
        // The count stays the same: one follower leaves as another comes.
        const [comes, goes] = [await world.account(), readers[1] ?? sleeper];
        await world.scroll(comes);
        const points = await throughSteps(
          world,
          () => cross(stage, edge),
          async (point) => {
            if (point.index !== index) return;
            await world.home(sleeper).forget();
            await scroll(sleeper);
            await world.follow(comes, author);
            await world.follow(goes, author, false);
          },
        );
        await world.drain();
        const post = await world.post(author, "afterwards");
        await world.drain();
        for (const reader of [sleeper, comes]) {
          expect(await scroll(reader), points[index]?.name).toEqual([post, old]);
        }
        expect(await scroll(goes), points[index]?.name).toEqual([]);
        return points.length;
      }));

    it(`a ${name} completes after the Worker died at any step, with every post once`, async () => {
      await dyingAtEveryPoint(async (index) => {
        const stage = await scene();
        const { world, author, old, readers, scroll } = stage;
        const died = await dieAt(world, index, () => cross(stage, edge));
        world.loseMessages();
        const meanwhile = await world.post(author, "meanwhile");
        await world.sweep(LATER_MS);
        await world.drain();
        // If the Worker died before it accepted the call, the client repeats it.
        await cross(stage, edge);
        await world.drain();
        for (const reader of readers.filter((one) => isFollower(stage, one))) {
          expect(await scroll(reader), `point ${index}`).toEqual([meanwhile, old]);
        }
        expect(await modeOf(world, author), `point ${index}`).toEqual(after);
        return died;
      });
    });
  }

  for (const { name, scene, edge, after, isFollower } of CROSSINGS) {
    it(`in a ${name} posts go both ways until every follower has acknowledged the epoch`, async () => {
      const stage = await scene();
      const { world, author, old, readers, scroll } = stage;
      const [unreachable, reachable] = readers;
      if (unreachable === undefined || reachable === undefined)
        throw new Error("there is no reader");
      const { homes } = world.deps;
      const call = homes.call.bind(homes);
      let down = true;
      vi.spyOn(homes, "call").mockImplementation((user, work, hint) =>
        down && user === unreachable.user.id
          ? Promise.reject(new Error("unreachable"))
          : call(user, work, hint),
      );
      await cross(stage, edge);
      expect(await modeOf(world, author)).toEqual({ ...after, migrating: true });
      const post = await world.post(author, "both ways");
      down = false;
      // The post arrives while the epoch's job still waits for its retry.
      const { held } = world;
      const [fanout] = held.splice(-1);
      if (fanout === undefined) throw new Error("nothing was sent");
      await world.handOver([fanout]);
      for (const reader of [unreachable, reachable])
        expect(await scroll(reader)).toEqual([post, old]);
      await world.sweep(LATER_MS);
      await world.drain();
      expect(await modeOf(world, author)).toEqual(after);
      for (const reader of readers.filter((one) => isFollower(stage, one))) {
        expect(await scroll(reader)).toEqual([post, old]);
      }
    });
  }

  it("a follower who comes and goes at the threshold does not make the mode flap", async () => {
    const { world, author } = await nearThreshold({ CELEBRITY_THRESHOLD: "10" });
    const crowd: Session[] = [];
    for (let n = 0; n < 8; n++) crowd.push(await world.account());
    for (const follower of crowd) await world.follow(follower, author);
    await world.drain();
    const epochs = [(await modeOf(world, author)).epoch];
    for (let n = 0; n < 12; n++) {
      // Ten, nine, eight followers, then ten again.
      for (const follower of crowd.slice(-2)) await world.follow(follower, author, n % 2 === 1);
      await world.drain();
      epochs.push((await modeOf(world, author)).epoch);
    }
    expect(epochs).toEqual(epochs.map(() => 1));
  });
});

describe("a merge with author feeds stops at the shallowest horizon", () => {
  // The window ends above the author feed, and the author feed above the window.
  it.each([
    { nth: 5, what: "a window that ends above an author feed" },
    { nth: 200, what: "an author feed that ends above a window" },
  ])("a scroll goes on below $what, without a gap or a repeat", async ({ nth }) => {
    const env = {
      CELEBRITY_THRESHOLD: "1",
      AUTHOR_FEED_PAGES: findingNothing(bindings.AUTHOR_FEED_PAGES),
      TIMELINE_MAX: "30",
    };
    const world = new World(env);
    const [reader, star, friend] = [
      await world.account(),
      await world.account(),
      await world.account(),
    ];
    world.deps.config.CELEBRITY_THRESHOLD = 1_000;
    await world.follow(reader, friend);
    world.deps.config.CELEBRITY_THRESHOLD = 1;
    const ids: string[] = [];
    const publish = async (count: number): Promise<void> => {
      for (let n = 0; n < count; n++) {
        const by = n % nth === 0 ? friend : star;
        ids.unshift(await world.post(by, `number ${ids.length}`));
      }
      await world.drain();
    };
    await publish(AUTHOR_FEED_MAX_ENTRIES + 60);
    await world.follow(reader, star);
    await world.drain();
    expect(await modeOf(world, star)).toEqual({ epoch: 1, migrating: false });
    expect((await modeOf(world, friend)).epoch).toBe(0);
    // More than an author feed holds: the oldest posts come from the store, the newest were appended.
    await publish(AUTHOR_FEED_MAX_ENTRIES);
    for (const limit of [7, 100]) {
      expect(await new World(env).scroll(reader, limit), `pages of ${limit}`).toEqual(ids);
    }
  });

  it("a pulled author's post published between two pages repeats no post and hides none", async () => {
    const { world, author, readers, scroll, old } = await aboveThreshold();
    const [reader = author] = readers;
    const ids = [old];
    for (let n = 0; n < 60; n++) ids.unshift(await world.post(author, `number ${n}`));
    await world.drain();
    expect(await scroll(reader)).toEqual(ids);
    const shown: string[] = [];
    for (let cursor = ""; ;) {
      const path = `/v1/timeline?order=latest&limit=7${cursor}`;
      const far = new World(world.env);
      const { body } = await far.call<Timeline>("GET", path, { token: reader.token });
      shown.push(...body.items.map(({ post }) => post.id));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
      await world.post(author, "arrives");
      await world.drain();
    }
    expect(shown).toEqual(ids);
  });
});
