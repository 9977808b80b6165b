/** A pulled author's online followers: what they receive by socket, and how their hub changes. */
import { evictDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame, Session } from "../../feed/wire.ts";
import { sizeOf } from "../model/seed.ts";
import { hubFor, membersFor, subscribersOf } from "./hub-members.ts";
import { openFollowers } from "./hub-world.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000 });

type Audience = Awaited<ReturnType<typeof audience>>;

const THRESHOLD = 3;
/** How long a post may take to reach every socket on a slow machine. */
const HEARD_WITHIN = { timeout: 60_000, interval: 100 };

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes a pulled author, followers with one open socket each, and `offline` followers without. */
async function audience(count: number, { threshold = THRESHOLD, offline = 0 } = {}) {
  const world = new World({ CELEBRITY_THRESHOLD: String(threshold) });
  const author = await world.account();
  const readers = await openFollowers(world, author, { online: count, offline });
  await vi.waitFor(async () => {
    expect(await listeners({ author, readers })).toHaveLength(count);
  }, HEARD_WITHIN);
  return { world, author, readers };
}

/** The readers whose hub brings them an author's news. */
function listeners({ author, readers }: Pick<Audience, "author" | "readers">): Promise<string[]> {
  const users = readers.map(({ session }) => session.user.id);
  return membersFor(author.user.id, users);
}

async function evict(stub: DurableObjectStub): Promise<void> {
  try {
    await evictDurableObject(stub);
  } catch (error) {
    if (!String(error).includes("not currently running")) throw error;
  }
}

const ONLINE = sizeOf({ short: 150, long: 1_000 });

describe(`${ONLINE} online followers of a thousand`, () => {
  it("get a pulled author's post and its deletion by socket", { timeout: 300_000 }, async () => {
    const [count, offline] = [ONLINE, 1_000 - ONLINE];
    const { world, author, readers } = await audience(count, { threshold: 100, offline });
    const post = await world.post(author, "to everyone");
    await world.drain();
    const received = () => readers.filter(({ socket }) => socket.changes.includes(`+${post}`));
    await vi.waitFor(() => expect(received()).toHaveLength(count), HEARD_WITHIN);
    await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
    await world.drain();
    await vi.waitFor(
      () =>
        expect(readers.filter(({ socket }) => socket.changes.at(-1) === `-${post}`)).toHaveLength(
          count,
        ),
      HEARD_WITHIN,
    );
    for (const { socket } of readers) expect(socket.changes).toEqual([`+${post}`, `-${post}`]);
  });
});

describe("an online follower", () => {
  it("receives posts of an author just followed, and none of one just unfollowed", async () => {
    const { world, author, readers } = await audience(4);
    const [stays, leaves] = readers;
    const late = await world.account();
    const socket = await LiveSocket.open(world, late);
    await world.follow(late, author);
    if (leaves !== undefined) await world.follow(leaves.session, author, false);
    await world.drain();
    const post = await world.post(author, "news");
    await world.drain();
    await vi.waitFor(() => {
      expect(socket.changes).toEqual([`+${post}`]);
      expect(stays?.socket.changes).toEqual([`+${post}`]);
    }, HEARD_WITHIN);
    expect(leaves?.socket.changes).toEqual([]);
  });

  it("misses nothing while an author becomes pulled and pushed again", async () => {
    const world = new World({ CELEBRITY_THRESHOLD: String(THRESHOLD) });
    const author = await world.account();
    const readers: { session: Session; socket: LiveSocket }[] = [];
    const posts: string[] = [];
    const post = async (): Promise<void> => {
      posts.push(`+${await world.post(author, `number ${posts.length}`)}`);
      await world.drain();
    };
    for (let n = 0; n < THRESHOLD + 1; n++) {
      const session = await world.account();
      readers.push({ session, socket: await LiveSocket.open(world, session) });
      await world.follow(session, author);
      await post();
    }
    expect(await epochOf(world, author)).toBe(1);
    for (const { session } of readers.slice(1)) {
      await post();
      await world.follow(session, author, false);
    }
    await world.drain();
    expect(await epochOf(world, author)).toBe(2);
    await post();
    const socket = readers[0]?.socket;
    await vi.waitFor(() => expect(socket?.changes).toContain(posts.at(-1)), HEARD_WITHIN);
    // After a resync the client has earlier posts from its page.
    const received = socket?.frames ?? [];
    const asked = received.findLastIndex((frame) => frame.type === "resync");
    const before = asked === -1 ? [] : posts.slice(0, -1);
    const after = received.slice(asked + 1).flatMap(newPost);
    expect(new Set([...before, ...after])).toEqual(new Set(posts));
    expect(new Set(received.flatMap(newPost)).size).toBeGreaterThan(THRESHOLD);
  });

  it("receives a repost and its undoing", async () => {
    const { world, author, readers } = await audience(THRESHOLD);
    const stranger = await world.account();
    const post = await world.post(stranger, "worth repeating");
    await world.drain();
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: author.token });
    await world.drain();
    const changes = () => readers.map(({ socket }) => socket.changes);
    await vi.waitFor(() => {
      expect(changes()).toEqual(readers.map(() => [`+${post}`]));
    }, HEARD_WITHIN);
    await world.call("DELETE", `/v1/posts/${post}/repost`, { token: author.token });
    await world.drain();
    await vi.waitFor(() => {
      const last = readers.map(({ socket }) => socket.frames.at(-1)?.type);
      expect(last).toEqual(readers.map(() => "resync"));
    }, HEARD_WITHIN);
    for (const { session } of readers) expect(await world.scroll(session)).not.toContain(post);
  });

  it("keeps receiving whichever object is evicted", async () => {
    const { world, author, readers } = await audience(5);
    const nodes: DurableObjectStub[] = [
      bindings.AUTHOR_FEED.getByName(author.user.id),
      hubFor(author.user.id),
      ...readers.map(({ session }) => world.home(session)),
    ];
    const posts: string[] = [];
    for (const node of [...nodes, ...nodes]) {
      await evict(node);
      posts.push(`+${await world.post(author, `number ${posts.length}`)}`);
      await world.drain();
      await vi.waitFor(() => {
        for (const { socket } of readers) expect(socket.changes).toEqual(posts);
      }, HEARD_WITHIN);
    }
  });

  it("is dropped from its hub when its socket closes, and the author feed from the last one on calls no hub", async () => {
    const { world, author, readers } = await audience(4);
    const [first] = readers;
    first?.socket.close();
    await vi.waitFor(async () => {
      await world.post(author, "is anybody there?");
      await world.drain();
      expect(await listeners({ author, readers })).toHaveLength(3);
    }, HEARD_WITHIN);
    for (const { socket } of readers) socket.close();
    await vi.waitFor(async () => {
      await world.post(author, "and now?");
      await world.drain();
      expect(await listeners({ author, readers })).toEqual([]);
      expect(await subscribersOf(bindings.AUTHOR_FEED.getByName(author.user.id))).toEqual([]);
    }, HEARD_WITHIN);
    // A follower who returns receives again.
    if (first === undefined) throw new Error("no follower was there");
    const again = await LiveSocket.open(world, first.session);
    await vi.waitFor(async () => {
      expect(await listeners({ author, readers })).toEqual([first.session.user.id]);
    }, HEARD_WITHIN);
    const post = await world.post(author, "welcome back");
    await world.drain();
    await vi.waitFor(() => expect(again.changes).toContain(`+${post}`), HEARD_WITHIN);
  });
});

async function epochOf(world: World, author: Session): Promise<number> {
  const accounts = await world.deps.store.accounts.byIds([author.user.id]);
  return accounts.get(author.user.id)?.epoch ?? 0;
}

function newPost(frame: Frame): string[] {
  return frame.type === "post" ? [`+${frame.item.post.id}`] : [];
}
