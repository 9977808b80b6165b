/** What happens when a hub is lost or evicted, when a member does not answer, and with another number of hubs. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { HUB_MISSED_RETRY_MS, LIVE_REJOIN_EVERY_MS } from "../../feed/limits.ts";
import type { Timeline } from "../../feed/wire.ts";
import { eventually } from "../eventually.ts";
import { announced } from "./author-feeds.ts";
import { hubFor, hubNameOf, membersFor, subscribersOf } from "./hub-members.ts";
import { hubAudience, resetHubs, setHubs, SOON, THRESHOLD } from "./hub-world.ts";

const PAGE = "/v1/timeline?order=latest";

vi.setConfig({ testTimeout: 120_000 });

resetHubs();

describe("a hub that is lost", () => {
  it("with its storage is found out by the next page: the reader is told, and gets later posts", async () => {
    const { world, author, readers, users, post } = await hubAudience(THRESHOLD);
    const [first] = readers;
    if (first === undefined) throw new Error("no reader");
    await loseStorage(users[0] ?? "");
    const missed = await post("while nobody knew the members");
    await announced(bindings.AUTHOR_FEED.getByName(author.user.id));
    expect(first.socket.changes).not.toContain(missed);
    await vi.waitFor(async () => {
      const { body } = await world.call<Timeline>("GET", PAGE, { token: first.session.token });
      expect(body.items.map((item) => `+${item.post.id}`)).toContain(missed);
      expect(first.socket.frames.map(({ type }) => type)).toContain("resync");
    }, SOON);
    const later = await post("known again");
    await vi.waitFor(() => expect(first.socket.changes.at(-1)).toBe(later), SOON);
  });

  it("with its storage is found out by the next renewal, too", async () => {
    const { world, readers, users, post } = await hubAudience(THRESHOLD);
    await loseStorage(users[0] ?? "");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + LIVE_REJOIN_EVERY_MS + 1 });
    for (const { session } of readers) await runDurableObjectAlarm(world.home(session));
    vi.useRealTimers();
    const later = await post("known again");
    await vi.waitFor(() => {
      for (const { socket } of readers) {
        expect(socket.frames.map(({ type }) => type)).toEqual(["hello", "resync", "post"]);
        expect(socket.changes).toEqual([later]);
      }
    }, SOON);
  });

  it("in the middle of a message gets it again, and every socket shows it once", async () => {
    const { readers, users, post } = await hubAudience(THRESHOLD);
    const [slow = ""] = users;
    const others = readers.slice(1);
    // The hub dies while one timeline has not answered yet, and the others have.
    const homes: DurableObjectNamespace = bindings.HOME_TIMELINE;
    const getByName = homes.getByName.bind(homes);
    let reached = false;
    const receive = () => {
      reached = true;
      return new Promise<never>(() => undefined);
    };
    const holding = vi.spyOn(homes, "getByName").mockImplementation((name, options) => {
      const stub = getByName(name, options);
      if (name !== slow) return stub;
      return new Proxy(stub, {
        get: (target, verb): unknown => (verb === "receive" ? receive : Reflect.get(target, verb)),
      });
    });
    const id = await post("sent twice, shown once");
    await vi.waitFor(() => {
      expect(reached).toBe(true);
      for (const { socket } of others) expect(socket.changes).toEqual([id]);
    }, SOON);
    holding.mockRestore();
    await abort(hubFor(slow));
    await vi.waitFor(() => {
      for (const { socket } of readers) expect(socket.changes).toEqual([id]);
    }, SOON);
  });

  it("forgets the versions of author feeds, and asks for those that pages need, once", async () => {
    const { author, users, feed, post } = await hubAudience(THRESHOLD);
    await post("before");
    await announced(feed);
    const [user = ""] = users;
    await evictDurableObject(hubFor(user));
    const asked = vi.spyOn(bindings.AUTHOR_FEED, "getByName");
    const hub = hubFor(user);
    const answers = await Promise.all([
      hub.versionsOf([author.user.id]),
      hub.versionsOf([author.user.id]),
    ]);
    const head = await feed.readHead(1);
    const version = head.status === "warm" ? head.page.version : null;
    for (const versions of answers) expect(versions.get(author.user.id)).toBe(version);
    expect(asked).toHaveBeenCalledTimes(1);
  });
});

describe("a member that does not answer its hub", () => {
  it("keeps no other waiting, and is told to read again once it answers", async () => {
    const { readers, users, post } = await hubAudience(THRESHOLD);
    const [hung = ""] = users;
    const [slow, ...others] = readers;
    const homes: DurableObjectNamespace = bindings.HOME_TIMELINE;
    const getByName = homes.getByName.bind(homes);
    const hanging = vi.spyOn(homes, "getByName").mockImplementation((name, options) => {
      const stub = getByName(name, options);
      return name === hung
        ? new Proxy(stub, {
            get: (target, verb): unknown =>
              verb === "receive" ? () => new Promise(() => undefined) : Reflect.get(target, verb),
          })
        : stub;
    });
    const ids = [await post("one"), await post("two"), await post("three")];
    await vi.waitFor(() => {
      for (const { socket } of others) expect(socket.changes).toEqual(ids);
    }, SOON);
    const hub = hubFor(hung);
    const alarm = () => runInDurableObject(hub, (_, { storage }) => storage.getAlarm());
    await vi.waitFor(async () => expect(await alarm()).not.toBeNull(), SOON);
    expect(await alarm()).toBeLessThanOrEqual(Date.now() + HUB_MISSED_RETRY_MS);
    hanging.mockRestore();
    // It was noted in storage, so that an eviction does not forget it.
    await evictDurableObject(hub);
    await runDurableObjectAlarm(hub);
    await vi.waitFor(() => {
      expect(slow?.socket.frames.map(({ type }) => type)).toContain("resync");
    }, SOON);
  });
});

describe("another number of hubs", () => {
  it("moves members one after the other, and no post is lost or shown twice meanwhile", async () => {
    const { world, author, readers, users, feed, post } = await hubAudience(6);
    const ids = [await post("with one hub")];
    await vi.waitFor(() => {
      for (const { socket } of readers) expect(socket.changes).toEqual(ids);
    }, SOON);
    await setHubs(3);
    for (const [n, { session }] of readers.entries()) {
      ids.push(await post(`number ${n}`));
      // A renewal, some hours from now for those who wait.
      await runInDurableObject(world.home(session), (instance) => instance.alarm());
      ids.push(await post(`number ${n} again`));
    }
    await vi.waitFor(() => {
      for (const { socket } of readers) expect(socket.changes).toEqual(ids);
    }, SOON);
    expect(await membersFor(author.user.id, users, 3)).toHaveLength(users.length);
    const names = new Set(users.map((user) => hubNameOf(user, 3)));
    ids.push(await post("with three hubs"));
    await vi.waitFor(async () => {
      for (const { socket } of readers) expect(socket.changes).toEqual(ids);
      // The former hub had nobody left, and says so with the next post.
      expect(await subscribersOf(feed)).not.toContain(hubNameOf(users[0] ?? "", 1));
    }, SOON);
    expect(names.size).toBeGreaterThan(1);
    // And back.
    await setHubs(1);
    for (const { session } of readers) {
      await runInDurableObject(world.home(session), (instance) => instance.alarm());
    }
    ids.push(await post("with one hub again"));
    await vi.waitFor(() => {
      for (const { socket } of readers) expect(socket.changes).toEqual(ids);
    }, SOON);
    for (const { socket } of readers) {
      expect(socket.frames.map(({ type }) => type)).not.toContain("resync");
    }
  });

  it("keeps the list of posts on screen", async () => {
    const { world, author, readers, post } = await hubAudience(THRESHOLD);
    const id = (await post("to be liked")).slice(1);
    const [reader] = readers;
    if (reader === undefined) throw new Error("no reader");
    await eventually(() => expect(reader.socket.changes).toEqual([`+${id}`]));
    await world.call("GET", PAGE, { token: reader.session.token });
    await setHubs(64);
    await world.evict(reader.session);
    await runInDurableObject(world.home(reader.session), (instance) => instance.alarm());
    expect(await hubFor(reader.session.user.id).screenOf(reader.session.user.id)).toBeNull();
    await world.call("PUT", `/v1/posts/${id}/like`, { token: author.token });
    await world.drain();
    const counter = world.env.POST_COUNTER.getByName(id);
    await vi.waitFor(async () => {
      await runDurableObjectAlarm(counter);
      const counts = reader.socket.frames.filter((frame) => frame.type === "counts");
      expect(counts.at(-1)).toMatchObject({ postId: id, counts: { likes: 1 } });
    }, SOON);
  });
});

async function loseStorage(user: string): Promise<void> {
  const hub = hubFor(user);
  await runInDurableObject(hub, async (_, { storage }) => {
    await storage.deleteAlarm();
    await storage.deleteAll();
  });
  await evictDurableObject(hub);
}

/** Ends an object at once, with everything that it is doing. */
async function abort(stub: DurableObjectStub): Promise<void> {
  await runInDurableObject(stub, (_, state) => {
    state.abort("killed by a test");
  }).catch(() => undefined);
}
