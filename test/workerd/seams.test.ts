/** The seams: places where a post could be lost between two steps. docs/invariants.md names the rules. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { atEveryPoint, dieAt, dyingAtEveryPoint, throughSteps } from "./steps.ts";
import { World } from "./world.ts";
import { waitingJobs } from "../all-shards.ts";

// Many of these tests run an operation once for each of its steps.
vi.setConfig({ testTimeout: 60_000 });

/** After this time every outbox row is due. */
const LATER_MS = 10 * OUTBOX_DUE_MS;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes a reader with a warm timeline and an author with one post. */
async function pair(changed: Partial<Env> = {}) {
  const world = new World(changed);
  const [author, reader] = [await world.account(), await world.account()];
  const old = await world.post(author, "before");
  await world.drain();
  await world.scroll(reader);
  return { world, author, reader, old };
}

describe("accept, then read, then merge", () => {
  for (const wait of [0, 1, 3, 6]) {
    it(`a post made at any step of a follow and fanned out ${wait} steps later is in the timeline`, () =>
      atEveryPoint(async (index) => {
        const { world, author, reader, old } = await pair();
        let post = "";
        const points = await throughSteps(
          world,
          () => world.follow(reader, author),
          async (point) => {
            if (point.index === index) post = await world.post(author, "meanwhile");
            if (point.index === index + wait) await world.drain();
          },
        );
        await world.drain();
        const where = `published ${points[index]?.name}, drained ${wait} later`;
        expect(await world.scroll(reader), where).toEqual([post, old]);
        return points.length - wait;
      }));

    it(`a post made at any step of a rebuild and fanned out ${wait} steps later is in the timeline`, () =>
      atEveryPoint(async (index) => {
        const { world, author, reader, old } = await pair();
        await world.follow(reader, author);
        await world.home(reader).forget();
        const asleep = await world.post(author, "finds the timeline cold");
        await world.drain();
        let post = "";
        const points = await throughSteps(
          world,
          () => world.scroll(reader),
          async (point) => {
            if (point.index === index) post = await world.post(author, "meanwhile");
            if (point.index === index + wait) await world.drain();
          },
        );
        await world.drain();
        const where = `published ${points[index]?.name}, drained ${wait} later`;
        expect(await world.scroll(reader), where).toEqual([post, asleep, old]);
        return points.length - wait;
      }));
  }

  it("a follow or unfollow at any step of a rebuild takes effect in the timeline", async () => {
    for (const following of [true, false]) {
      await atEveryPoint(async (index) => {
        const { world, author, reader, old } = await pair();
        await world.follow(reader, author, !following);
        await world.home(reader).forget();
        const points = await throughSteps(
          world,
          () => world.scroll(reader),
          async (point) => {
            if (point.index === index) await world.follow(reader, author, following);
          },
        );
        const where = `${String(following)} ${points[index]?.name}`;
        expect(await world.scroll(reader), where).toEqual(following ? [old] : []);
        const next = await world.post(author, "after");
        await world.drain();
        expect(await world.scroll(reader), where).toEqual(following ? [next, old] : []);
        // A rebuild that starts over has more steps; those of the first pass are enough.
        return Math.min(points.length, 20);
      });
    }
  });

  it("a first read at any step of an import shows the imported authors' posts, and later ones too", () =>
    atEveryPoint(async (index) => {
      const world = new World();
      const [author, reader] = [await world.account(), await world.account()];
      const old = await world.post(author, "before");
      await world.drain();
      const points = await throughSteps(
        world,
        () => world.import([{ follow: [reader.user.handle, author.user.handle] }]),
        async (point) => {
          if (point.index === index) await world.scroll(reader);
        },
      );
      const next = await world.post(author, "after");
      await world.drain();
      expect(await world.scroll(reader), points[index]?.name).toEqual([next, old]);
      return points.length;
    }));

  it("a follow, an unfollow, an import and a rebuild complete after the Worker died at any step", async () => {
    const operations = [
      (world: World, reader: Session, author: Session) => world.follow(reader, author),
      (world: World, reader: Session, author: Session) => world.follow(reader, author, false),
      (world: World, reader: Session, author: Session) =>
        world.import([{ follow: [reader.user.handle, author.user.handle] }]),
      async (world: World, reader: Session) => {
        await world.home(reader).forget();
        await world.scroll(reader);
      },
    ];
    for (const [kind, operation] of operations.entries()) {
      await dyingAtEveryPoint(async (index) => {
        const { world, author, reader, old } = await pair();
        if (kind === 1) await world.follow(reader, author);
        const died = await dieAt(world, index, () => operation(world, reader, author));
        world.loseMessages();
        await world.sweep(LATER_MS);
        await world.drain();
        const next = await world.post(author, "after");
        await world.drain();
        const pairs = [{ follower: reader.user.id, followee: author.user.id }];
        const [edge] = await world.deps.store.graph.edges(pairs);
        const wanted = edge?.following === true ? [next, old] : [];
        expect(await world.scroll(reader), `operation ${kind}, point ${index}`).toEqual(wanted);
        expect(await waitingJobs(world.deps.store)).toBe(0);
        return died;
      });
    }
  });
});

describe("a backfill has a horizon too", () => {
  it("a backfill that was cut off raises the window's horizon and leaves no hole", async () => {
    const { world, author, reader } = await pair({ TIMELINE_MAX: "5" });
    const mine = await world.post(reader, "older than what the backfill reads");
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await world.post(author, `number ${n}`));
    await world.follow(reader, author);
    const scrolled = await world.scroll(reader, 3);
    expect(scrolled.slice(0, 13)).toEqual([...ids.toReversed(), mine]);
    const later = await world.post(author, "later");
    await world.drain();
    expect(await world.scroll(reader, 100)).toEqual([later, ...scrolled]);
  });

  it("a backfill after a second follow includes the author's post at the horizon itself", async () => {
    const { world, author, reader, old } = await pair({ TIMELINE_MAX: "4" });
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) ids.push(await world.post(author, `number ${n}`));
    await world.follow(reader, author);
    await world.follow(reader, author, false);
    await world.follow(reader, author);
    expect(await world.scroll(reader, 3)).toEqual([...ids.toReversed(), old]);
  });
});

describe("what is stored depends on the edge alone", () => {
  it("a reply hidden on arrival shows once the reader follows the author it answers", async () => {
    const { world, author, reader } = await pair();
    const stranger = await world.account();
    await world.follow(reader, author);
    const question = await world.post(stranger, "anyone?");
    const reply = await world.post(author, "yes", question);
    await world.drain();
    expect(await world.scroll(reader)).not.toContain(reply);
    await world.follow(reader, stranger);
    expect((await world.scroll(reader)).slice(0, 2)).toEqual([reply, question]);
    await world.follow(reader, stranger, false);
    expect(await world.scroll(reader)).not.toContain(reply);
  });

  it("one's own replies show, and replies to the muted do not, in the window and below it", async () => {
    const { world, author, reader, old } = await pair({ TIMELINE_MAX: "6" });
    const stranger = await world.account();
    await world.follow(reader, author);
    const question = await world.post(stranger, "anyone?");
    const own = await world.post(reader, "me", question);
    await world.follow(author, stranger);
    await world.follow(reader, stranger);
    const reply = await world.post(author, "yes", question);
    await world.drain();
    expect(await world.scroll(reader)).toEqual([reply, own, question, old]);
    await world.call("PUT", `/v1/users/${stranger.user.id}/mute`, { token: reader.token });
    expect(await world.scroll(reader)).toEqual([own, old]);
    const filling: string[] = [];
    for (let n = 0; n < 8; n++) filling.unshift(await world.post(author, `number ${n}`));
    await world.drain();
    expect(await world.scroll(reader, 5)).toEqual([...filling, own, old]);
  });

  it("the hot window and the store show the same entries", async () => {
    const { world, author, reader } = await pair({ TIMELINE_MAX: "6" });
    const [friend, stranger] = [await world.account(), await world.account()];
    await world.follow(reader, author);
    for (let n = 0; n < 12; n++) {
      const to = n % 3 === 0 ? stranger : friend;
      const asked = await world.post(to, `question ${n}`);
      await world.post(author, `answer ${n}`, asked);
    }
    await world.drain();
    await world.follow(reader, friend);
    const warm = await world.scroll(reader, 4);
    await world.home(reader).forget();
    expect(await world.scroll(reader, 4)).toEqual(warm);
  });
});

describe("no order is assumed", () => {
  it("a tombstone beats a late create, in any order of messages and with any repeats", async () => {
    const { world, author, reader, old } = await pair();
    await world.follow(reader, author);
    const gone = await world.post(author, "gone soon");
    const kept = await world.post(author, "kept");
    await world.call("DELETE", `/v1/posts/${gone}`, { token: author.token });
    await world.drain({ duplicate: () => true, shuffle: (held) => held.toReversed() });
    expect(await world.scroll(reader)).toEqual([kept, old]);
  });

  it("a post deleted at any step of its fan-out is in no timeline, nor in those of new followers", () =>
    atEveryPoint(async (index) => {
      const { world, author, reader, old } = await pair();
      const other = await world.account();
      await world.scroll(other);
      await world.follow(other, author);
      const gone = await world.post(author, "gone soon");
      const held = world.held.splice(0);
      const points = await throughSteps(
        world,
        () => world.handOver(held),
        async (point) => {
          if (point.index !== index) return;
          await world.call("DELETE", `/v1/posts/${gone}`, { token: author.token });
          await world.drain();
          await world.follow(reader, author);
        },
      );
      await world.drain();
      expect(await world.scroll(reader), points[index]?.name).toEqual([old]);
      expect(await world.scroll(other), points[index]?.name).toEqual([old]);
      return points.length;
    }));

  it("an older version of an edge that arrives late changes neither the store nor the timeline", async () => {
    const { world, author, reader } = await pair();
    const { graph } = world.deps.store;
    await world.follow(reader, author);
    const pairs = [{ follower: reader.user.id, followee: author.user.id }];
    const late = await graph.edges(pairs);
    await world.follow(reader, author, false);
    // The job read the edge before the unfollow, and continues now.
    vi.spyOn(graph, "edges").mockResolvedValueOnce(late);
    const id = world.deps.drawId(0);
    const followees = [author.user.id];
    const common = { v: 1 as const, id, part: 0, attempt: 0, hint: null };
    const job = {
      ...common,
      kind: "edges",
      follower: reader.user.id,
      followees,
      timeline: "backfill",
    };
    await world.handOver([{ body: job }]);
    expect(await world.scroll(reader)).toEqual([]);
    expect((await graph.followers(author.user.id, null, 10)).items).toEqual([]);
  });
});

describe("merging sources of different depth stops at the shallowest horizon", () => {
  it("a scroll crosses from the hot window into the store without a gap or a repeat", async () => {
    const world = new World({ TIMELINE_MAX: "9" });
    const reader = await world.account();
    const [loud, quiet] = [await world.account(), await world.account()];
    const ids: string[] = [];
    for (let n = 0; n < 40; n++) ids.push(await world.post(n % 8 === 0 ? quiet : loud, `${n}`));
    await world.follow(reader, loud);
    await world.follow(reader, quiet);
    for (const limit of [1, 7, 20, 100]) {
      expect(await world.scroll(reader, limit), `pages of ${limit}`).toEqual(ids.toReversed());
    }
  });

  it("a post that arrives between two pages is not shown twice and hides no other", async () => {
    const { world, author, reader } = await pair({ TIMELINE_MAX: "6" });
    await world.follow(reader, author);
    for (let n = 0; n < 20; n++) await world.post(author, `number ${n}`);
    await world.drain();
    const wanted = await world.scroll(reader);
    const shown: string[] = [];
    for (let cursor = ""; ;) {
      const path = `/v1/timeline?order=latest&limit=4${cursor}`;
      const { body } = await world.call<Timeline>("GET", path, { token: reader.token });
      shown.push(...body.items.map((item) => item.post.id));
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
      await world.post(author, "arrives");
      await world.drain();
    }
    expect(shown).toEqual(wanted);
  });
});
