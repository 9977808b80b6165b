/** Pulled authors' posts while parts of the platform fail, and afterwards. */
import { evictDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { announced } from "./author-feeds.ts";
import { hubFor, hubNameOf } from "./hub-members.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";
import { waitingJobs } from "../all-shards.ts";

const THRESHOLD = "2";
const PAGE = "/v1/timeline?order=latest";
const SOON = { timeout: 60_000, interval: 100 };
/** The budget of a page that meets a hanging source. */
const SHORT_BUDGET_MS = "150";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes a reader who follows one pulled and one pushed author, each with a post. */
async function scene() {
  const world = new World({ CELEBRITY_THRESHOLD: THRESHOLD });
  const [star, friend, reader, other] = [
    await world.account(),
    await world.account(),
    await world.account(),
    await world.account(),
  ];
  for (const follower of [reader, other]) await world.follow(follower, star);
  await world.follow(reader, friend);
  const old = await world.post(star, "before");
  const mine = await world.post(friend, "a friend's");
  await world.drain();
  await announced(authorFeedOf(star));
  return { world, star, reader, old, mine };
}

function authorFeedOf(author: Session) {
  return bindings.AUTHOR_FEED.getByName(author.user.id);
}

/** A new isolate with some of its bindings replaced. */
function elsewhere(changed: Partial<Env> = {}): World {
  return new World({ CELEBRITY_THRESHOLD: THRESHOLD, ...changed });
}

async function read(world: World, { token }: Session) {
  const { status, body } = await world.call<Timeline>("GET", PAGE, { token });
  expect(status).toBe(200);
  return { posts: body.items.map(({ post }) => post.id), partial: body.partial };
}

/** Author feeds whose calls from the Worker run `call`; calls from objects pass. */
function authorFeeds(call: () => Promise<never>): Env["AUTHOR_FEED"] {
  return new Proxy(bindings.AUTHOR_FEED, {
    get(target, verb): unknown {
      if (verb === "getByName") return () => new Proxy({}, { get: () => call });
      const value: unknown = Reflect.get(target, verb);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function overloaded(): Promise<never> {
  const error = Object.assign(new Error("the object is overloaded"), {
    overloaded: true,
    retryable: true,
  });
  return Promise.reject(error);
}

const hangs = (): Promise<never> => new Promise<never>(() => undefined);

/** KV whose reads run `answer`. */
function brokenKv(answer: () => Promise<never>): KVNamespace {
  return new Proxy(bindings.AUTHOR_FEED_PAGES, { get: () => answer });
}

const down = (): Promise<never> => Promise.reject(new Error("KV is down"));

describe("an author feed that is overloaded", () => {
  for (const [how, call] of [
    ["refuses", overloaded],
    ["hangs", hangs],
  ] as const) {
    it(`and ${how} leaves only its author out of partial pages, which are whole again afterwards`, async () => {
      const { reader, old, mine } = await scene();
      const far = elsewhere({
        AUTHOR_FEED: authorFeeds(call),
        AUTHOR_FEED_PAGES: brokenKv(down),
        PULL_BUDGET_MS: SHORT_BUDGET_MS,
      });
      expect(await read(far, reader)).toEqual({ posts: [mine], partial: true });
      expect(await read(elsewhere(), reader)).toEqual({ posts: [mine, old], partial: false });
    });
  }

  it("leaves pages the version of its author's posts in KV", async () => {
    const { reader, old, mine } = await scene();
    const far = elsewhere({ AUTHOR_FEED: authorFeeds(overloaded) });
    expect((await read(far, reader)).posts).toEqual([mine, old]);
  });

  it("loses no post: an append that failed is retried until it succeeds", async () => {
    const { world, star, reader, old, mine } = await scene();
    const post = await world.post(star, "while it is overloaded");
    const [message] = world.held.splice(0);
    if (message === undefined) throw new Error("nothing was sent");
    const failing = elsewhere({ AUTHOR_FEED: authorFeeds(overloaded) });
    await failing.handOver([message]);
    expect(await waitingJobs(world.deps.store)).toBe(1);
    await world.sweep(10 * OUTBOX_DUE_MS);
    await world.drain();
    await announced(authorFeedOf(star));
    expect(await read(elsewhere(), reader)).toEqual({ posts: [post, mine, old], partial: false });
    expect(await waitingJobs(world.deps.store)).toBe(0);
  });
});

describe("the budget of a page", () => {
  it.each([
    ["ranked", 2],
    ["latest", 1],
  ])("is shared by all its reads of pulled authors: %s", async (order, times) => {
    const { reader } = await scene();
    const far = elsewhere();
    let nowMs = Date.now();
    far.deps.nowMs = () => nowMs++;
    const heads = vi.spyOn(far.deps.pulledPages, "heads");
    const first = `/v1/timeline?limit=1&order=${order}`;
    const untilMs = async (path: string) => {
      heads.mockClear();
      const { body } = await far.call<Timeline>("GET", path, { token: reader.token });
      return { next: body.next, untils: heads.mock.calls.map(([, , until]) => until) };
    };
    const { next, untils } = await untilMs(first);
    const further = await untilMs(`${first.replace("limit=1", "limit=9")}&cursor=${next}`);
    for (const seen of [untils, further.untils]) expect(new Set(seen).size).toBe(1);
    expect(further.untils.length).toBeGreaterThanOrEqual(times);
  });
});

describe("KV for author feed pages", () => {
  for (const [how, answer] of [
    ["fails", down],
    ["hangs", hangs],
  ] as const) {
    it(`that ${how} for readers is bypassed: author feeds are asked`, async () => {
      const { reader, old, mine } = await scene();
      const budget = how === "hangs" ? { PULL_BUDGET_MS: "3000" } : {};
      const far = elsewhere({ AUTHOR_FEED_PAGES: brokenKv(answer), ...budget });
      expect(await read(far, reader)).toEqual({ posts: [mine, old], partial: false });
    });
  }

  it("that refuses writes hides no post from readers, and gets the pages once it accepts writes", async () => {
    const { world, star, reader, old, mine } = await scene();
    await read(world, reader);
    const put = vi.spyOn(bindings.AUTHOR_FEED_PAGES, "put").mockImplementation(down);
    const post = await world.post(star, "while KV takes no writes");
    await world.drain();
    await vi.waitFor(async () => {
      expect(await read(world, reader)).toEqual({ posts: [post, mine, old], partial: false });
    }, SOON);
    expect(put).toHaveBeenCalled();
    put.mockRestore();
    await announced(authorFeedOf(star));
    const far = elsewhere({ AUTHOR_FEED: authorFeeds(overloaded) });
    expect((await read(far, reader)).posts).toEqual([post, mine, old]);
  });
});

/** Lets calls of hubs fail or hang, those of the Worker and those of objects. */
function hubsThat(work: () => never): { mockRestore(): void } {
  return vi.spyOn(bindings.HUB, "getByName").mockImplementation(work);
}

function fails(): never {
  throw new Error("the object cannot be reached");
}

describe("a hub", () => {
  it("that is evicted hides neither the changes it forgot nor later ones", async () => {
    const { world, star, reader, old, mine } = await scene();
    await read(world, reader);
    const post = await world.post(star, "noted, then forgotten");
    await world.drain();
    await announced(authorFeedOf(star));
    await evictDurableObject(hubFor(reader.user.id));
    await vi.waitFor(async () => {
      expect((await read(world, reader)).posts).toEqual([post, mine, old]);
    }, SOON);
    const next = await world.post(star, "after that");
    await world.drain();
    await vi.waitFor(async () => {
      expect(await read(world, reader)).toEqual({ posts: [next, post, mine, old], partial: false });
    }, SOON);
  });

  it("that is unreachable gets its news later, and readers do without it meanwhile", async () => {
    const { world, star, reader, old, mine } = await scene();
    await read(world, reader);
    const failing = hubsThat(fails);
    const post = await world.post(star, "while the hubs are down");
    await world.drain();
    await vi.waitFor(async () => {
      expect(await read(world, reader)).toEqual({ posts: [post, mine, old], partial: false });
    }, SOON);
    await vi.waitFor(() => expect(failing).toHaveBeenCalled(), SOON);
    failing.mockRestore();
    await announced(authorFeedOf(star));
    expect(await hubFor(reader.user.id).versionsOf([star.user.id])).toEqual(
      new Map([[star.user.id, await versionOf(star)]]),
    );
  });

  it("that hangs does not delay later posts for readers", async () => {
    const { world, star, reader, old, mine } = await scene();
    const inOtherHub = hubNameOf(reader.user.id, 2);
    await LiveSocket.open(world, reader);
    // A hub of another ring has attached itself, and hangs from then on.
    await bindings.HUB.getByName(inOtherHub).versionsOf([star.user.id]);
    const namespace: DurableObjectNamespace = bindings.HUB;
    const getByName = namespace.getByName.bind(namespace);
    vi.spyOn(namespace, "getByName").mockImplementation((object, options) =>
      object === inOtherHub
        ? // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- every verb of it hangs
          (new Proxy({}, { get: () => hangs }) as DurableObjectStub)
        : getByName(object, options),
    );
    const ids = [mine, old];
    for (let n = 0; n < 4; n++) {
      ids.unshift(await world.post(star, `number ${n}`));
      await world.drain();
      await vi.waitFor(async () => {
        expect(await read(world, reader)).toEqual({ posts: ids, partial: false });
      }, SOON);
    }
  });

  it("that fails delays no page, and what it has missed arrives by socket afterwards", async () => {
    const { world, star, reader, old, mine } = await scene();
    const socket = await LiveSocket.open(world, reader);
    const first = await world.post(star, "received");
    await world.drain();
    await vi.waitFor(() => expect(socket.changes).toContain(`+${first}`), SOON);
    const failing = hubsThat(fails);
    const late = await world.post(star, "late");
    await world.drain();
    await vi.waitFor(async () => {
      expect((await read(world, reader)).posts).toEqual([late, first, mine, old]);
    }, SOON);
    await vi.waitFor(() => expect(failing).toHaveBeenCalled(), SOON);
    failing.mockRestore();
    const next = await world.post(star, "received again");
    await world.drain();
    await vi.waitFor(() => {
      // The hub may repeat what was there just before the socket.
      expect(socket.changes.slice(-3)).toEqual([`+${first}`, `+${late}`, `+${next}`]);
    }, SOON);
  });
});

async function versionOf(author: Session): Promise<number> {
  const head = await authorFeedOf(author).readHead(1);
  if (head.status === "cold") throw new Error("the author feed is cold");
  return head.page.version;
}
