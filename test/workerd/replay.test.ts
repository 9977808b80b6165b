import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import { REPLAY_MAX_CHANGES, TIMELINE_MAX_DEFAULT } from "../../feed/limits.ts";
import type { Session } from "../../feed/wire.ts";
import { created, idAt, original, postsOf, removed } from "../entries.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";
import { eventually } from "../eventually.ts";

// These tests make hundreds of objects, which takes a busy machine a while.
vi.setConfig({ testTimeout: 60_000 });

/** Makes a reader with an open socket and an author whom they follow. */
async function reader() {
  const world = new World();
  const [ada, bob] = [await world.account(), await world.account()];
  await world.follow(bob, ada);
  const socket = await LiveSocket.open(world, bob);
  await eventually(() => expect(socket.frames).toHaveLength(1));
  return { world, ada, bob, socket };
}

type Reader = Awaited<ReturnType<typeof reader>>;

/** Delivers `count` posts of ada to bob's timeline and deletes every third one soon after. */
async function deliverMany({ world, ada, bob }: Reader, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => world.deps.drawId(0)).toSorted();
  const done: string[] = [];
  for (const [n, id] of ids.entries()) {
    await world.home(bob).deliver([created(original({ id, author: ada.user.id }))]);
    done.push(`+${id}`);
    const gone = ids[n - 5];
    if (n % 3 !== 0 || gone === undefined) continue;
    await world.home(bob).deliver([removed(gone)]);
    done.push(`-${gone}`);
  }
  return done;
}

/** The changes that a replay repeats: a post that was deleted since is left out. */
function lasting(changes: readonly string[]): string[] {
  return changes.filter(
    (change) => !(change.startsWith("+") && changes.includes(`-${change.slice(1)}`)),
  );
}

/** Opens a socket that resumes after `seq`, and returns it with the frames it received. */
async function comeBack(world: World, user: Session, since: number, frames: number) {
  const socket = await LiveSocket.open(world, user, { since });
  await eventually(() => expect(socket.frames.length).toBeGreaterThanOrEqual(frames));
  return socket;
}

describe("a hibernated socket", () => {
  it("stays open while its object is evicted, and the next post wakes it", async () => {
    const { world, ada, bob, socket } = await reader();
    const home = world.home(bob);
    const before = await runInDurableObject(home, (instance) => new WeakRef(instance));
    await evictDurableObject(home, { webSockets: "hibernate" });
    const id = await world.post(ada, "hello");
    await world.drain();
    await eventually(() => expect(socket.changes).toEqual([`+${id}`]));
    const same = await runInDurableObject(home, (instance, state) => ({
      instance: instance === before.deref(),
      sockets: state.getWebSockets().length,
    }));
    expect(same).toEqual({ instance: false, sockets: 1 });
    expect(socket.closed).toBeNull();
  });

  it("keeps its token's expiry after waking", async () => {
    const { world, bob, socket } = await reader();
    await evictDurableObject(world.home(bob));
    const expiries = await runInDurableObject(world.home(bob), (_, state) =>
      state.getWebSockets().map((open): unknown => open.deserializeAttachment()),
    );
    const { expiresAt } = bob;
    expect(expiries).toEqual([expect.objectContaining({ expiresAtMs: Date.parse(expiresAt) })]);
    expect(socket.closed).toBeNull();
  });
});

describe("a client that reconnects", () => {
  it("after 300 missed entries gets exactly those frames, in order, deletes too", async () => {
    const all = await reader();
    const { world, bob, socket } = all;
    const { seq } = socket;
    const seen = await LiveSocket.open(world, bob);
    socket.close();
    const missed = await deliverMany(all, 300);
    await eventually(() => expect(seen.changes).toEqual(missed));
    const back = await comeBack(world, bob, seq, lasting(missed).length + 1);
    expect(back.changes).toEqual(lasting(missed));
    expect(back.frames[0]?.type).toBe("hello");
    expect(back.seq).toBeGreaterThanOrEqual(seen.seq);
    // Replayed frames carry the numbers of the live ones, so a client can disconnect again in between.
    const numbers = (from: LiveSocket) =>
      from.frames.filter(({ type }) => type !== "hello").map((f) => JSON.stringify(f));
    const live = new Set(numbers(seen));
    expect(numbers(back).every((frame) => live.has(frame))).toBe(true);
  });

  it("after its object was evicted gets what it missed", async () => {
    const all = await reader();
    const { world, bob, socket } = all;
    const { seq } = socket;
    await evictDurableObject(world.home(bob), { webSockets: "close" });
    await eventually(() => expect(socket.closed).not.toBeNull());
    const first = await deliverMany(all, 40);
    await world.evict(bob);
    const missed = [...first, ...(await deliverMany(all, 40))];
    await world.evict(bob);
    const back = await comeBack(world, bob, seq, lasting(missed).length + 1);
    expect(back.changes).toEqual(lasting(missed));
  });

  it("in the middle of a replay resumes from there", async () => {
    const all = await reader();
    const { world, bob, socket } = all;
    const missed = await deliverMany(all, 30);
    await eventually(() => expect(socket.changes).toEqual(missed));
    const half = socket.frames.flatMap((frame) => ("seq" in frame ? [frame.seq] : []))[20] ?? 0;
    // The hello frame comes before the first replayed one.
    const rest = lasting(missed).filter((change) => missed.indexOf(change) >= 20);
    const back = await comeBack(world, bob, half, rest.length + 1);
    expect(back.changes).toEqual(rest);
  });

  it("having missed nothing gets only hello", async () => {
    const { world, bob, socket } = await reader();
    const back = await comeBack(world, bob, socket.seq, 1);
    const id = await world.post(bob, "next");
    await eventually(() => expect(back.changes).toEqual([`+${id}`]));
    expect(back.frames).toHaveLength(2);
  });
});

describe("a client that reconnects gets resync", () => {
  it("if more has changed than the window holds", async () => {
    const { world, ada, bob, socket } = await reader();
    const { seq } = socket;
    const posts = postsOf(ada.user.id, TIMELINE_MAX_DEFAULT + 1);
    await world.home(bob).deliver(posts.map(created));
    const back = await comeBack(world, bob, seq, 2);
    expect(back.frames.slice(1)).toEqual([{ type: "resync" }]);
  });

  it("if more was deleted than a replay sends", async () => {
    const { world, bob, socket } = await reader();
    const { seq } = socket;
    const gone = Array.from({ length: REPLAY_MAX_CHANGES + 1 }, (_, n) => removed(idAt(n)));
    await world.home(bob).deliver(gone);
    const back = await comeBack(world, bob, seq, 2);
    expect(back.frames.slice(1)).toEqual([{ type: "resync" }]);
  });

  it("if its number was given before the storage was lost", async () => {
    const { world, ada, bob, socket } = await reader();
    const id = await world.post(ada, "hello");
    await world.drain();
    await eventually(() => expect(socket.changes).toHaveLength(1));
    const { seq } = socket;
    await runInDurableObject(world.home(bob), (_, state) => state.storage.deleteAll());
    await evictDurableObject(world.home(bob), { webSockets: "close" });
    const back = await comeBack(world, bob, seq, 2);
    expect(back.frames).toMatchObject([{ type: "hello" }, { type: "resync" }]);
    expect(back.seq).toBeGreaterThan(seq);
    expect(await world.scroll(bob)).toEqual([id]);
  });

  it("if its number is of a time to come", async () => {
    const { world, bob, socket } = await reader();
    const back = await comeBack(world, bob, socket.seq + 3_600_000, 2);
    expect(back.frames[1]).toEqual({ type: "resync" });
  });

  it("if the window was rebuilt", async () => {
    const { world, ada, bob, socket } = await reader();
    await world.post(ada, "hello");
    await world.drain();
    const carol = await world.account();
    await world.import([{ follow: [bob.user.handle, carol.user.handle] }]);
    await eventually(() => expect(socket.frames.at(-1)).toEqual({ type: "resync" }));
    const back = await comeBack(world, bob, socket.seq, 2);
    expect(back.frames[1]).toEqual({ type: "resync" });
  });
});

describe("a post reaches 500 sockets", () => {
  it("of one reader with 500 pages", async () => {
    const { world, ada, bob } = await reader();
    const sockets = await Promise.all(
      Array.from({ length: 500 }, () => LiveSocket.open(world, bob)),
    );
    const id = await world.post(ada, "hello");
    await world.drain();
    await eventually(() => {
      for (const socket of sockets) expect(socket.changes).toEqual([`+${id}`]);
    });
  });

  it("of 100 readers with five pages each, hibernated or not", async () => {
    const world = new World();
    const ada = await world.account();
    const handles = Array.from({ length: 100 }, (_, n) => `reader_${n}`);
    await world.import(handles.map((handle) => ({ user: { handle } })));
    await world.import(handles.map((handle) => ({ follow: [handle, ada.user.handle] })));
    const readers = await Promise.all(handles.map((handle) => world.session(handle)));
    const sockets: LiveSocket[] = [];
    for (const session of readers) {
      for (let page = 0; page < 5; page++) sockets.push(await LiveSocket.open(world, session));
    }
    for (const session of readers.slice(0, 50)) await world.evict(session);
    expect(sockets).toHaveLength(500);
    const id = await world.post(ada, "hello");
    await world.drain();
    await eventually(() => {
      for (const socket of sockets) expect(socket.changes).toEqual([`+${id}`]);
    });
  });
});
