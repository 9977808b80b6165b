import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CLIENT_FRAME_MAX_BYTES, SOCKETS_PER_USER } from "../../feed/limits.ts";
import { CLOSE_TOKEN_EXPIRED, LIVE_PROTOCOL, LIVE_TOKEN_PREFIX } from "../../feed/wire.ts";
import { mintToken } from "../../workers/auth/tokens.ts";
import { LiveSocket, requestSocket } from "./socket.ts";
import { World } from "./world.ts";
import { eventually } from "../eventually.ts";

/** Makes a reader with an open socket and an author whom they follow. */
async function reader() {
  const world = new World();
  const [ada, bob] = [await world.account(), await world.account()];
  await world.follow(bob, ada);
  const socket = await LiveSocket.open(world, bob);
  await eventually(() => expect(socket.frames).toHaveLength(1));
  return { world, ada, bob, socket };
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a live socket", () => {
  it("sends hello first, with a number that no change so far has exceeded", async () => {
    const { world, bob, socket } = await reader();
    const { seq } = socket;
    expect(socket.frames).toEqual([{ type: "hello", seq }]);
    await world.post(bob, "mine");
    await eventually(() => expect(socket.changes).toHaveLength(1));
    const next = await LiveSocket.open(world, bob);
    await eventually(() => expect(next.frames).toHaveLength(1));
    expect(next.frames[0]?.type).toBe("hello");
    expect(socket.seq).toBeGreaterThan(seq);
    expect(next.seq).toBeGreaterThanOrEqual(socket.seq);
  });

  it("sends posts and deletes as they are delivered, each with its number", async () => {
    const { world, ada, bob, socket } = await reader();
    const { seq } = socket;
    const theirs = await world.post(ada, "hello");
    const own = await world.post(bob, "mine");
    await world.drain();
    await world.call("DELETE", `/v1/posts/${theirs}`, { token: ada.token });
    await world.drain();
    await eventually(() => expect(socket.changes).toHaveLength(3));
    expect(socket.changes).toEqual([`+${own}`, `+${theirs}`, `-${theirs}`]);
    expect(socket.frames).toMatchObject([
      { type: "hello" },
      { type: "post", item: { id: own, reason: { kind: "self" } } },
      { type: "post", item: { id: theirs, reason: { kind: "following" }, post: { id: theirs } } },
      { type: "delete" },
    ]);
    const numbers = socket.frames.flatMap((frame) => ("seq" in frame ? [frame.seq] : []));
    expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => a - b));
    expect(numbers[0]).toBe(seq);
  });

  it("sends nothing that a timeline page would not show", async () => {
    const { world, ada, socket } = await reader();
    const carol = await world.account();
    const unseen = await world.post(carol, "for others");
    await world.post(ada, "a reply to a stranger", unseen);
    const last = await world.post(ada, "for everyone");
    await world.drain();
    await eventually(() => expect(socket.changes).toEqual([`+${last}`]));
  });

  it("sends resync when its owner follows or unfollows somebody", async () => {
    const { world, ada, bob, socket } = await reader();
    await world.post(ada, "hello");
    await world.drain();
    await world.follow(bob, ada, false);
    await eventually(() => expect(socket.frames.at(-1)).toEqual({ type: "resync" }));
    const { length } = socket.frames;
    await world.follow(bob, ada);
    await eventually(() => expect(socket.frames).toHaveLength(length + 1));
    expect(socket.frames.at(-1)).toEqual({ type: "resync" });
  });

  it("opens with a token that expires later than an alarm can be set", async () => {
    const { world, bob } = await reader();
    const { token } = await mintToken(
      world.deps.config,
      { user: bob.user.id, session: null },
      Date.UTC(9990, 0),
    );
    expect((await requestSocket(world, { ...bob, token })).status).toBe(101);
  });

  it("is refused with 422 above the limit of sockets per account", async () => {
    const { world, bob } = await reader();
    const answers = await Promise.all(
      Array.from({ length: SOCKETS_PER_USER }, () => requestSocket(world, bob)),
    );
    const refused = answers.filter((answer) => answer.status !== 101);
    expect(refused.map((answer) => answer.status)).toEqual([422]);
  });
});

describe("a message from the client", () => {
  it("ping is answered pong without waking the object", async () => {
    const { world, bob, socket } = await reader();
    const received = await runInDurableObject(world.home(bob), (home) =>
      vi.spyOn(home, "webSocketMessage"),
    );
    socket.send("ping");
    await eventually(() => expect(socket.texts).toEqual(["pong"]));
    expect(received).not.toHaveBeenCalled();
    expect(socket.closed).toBeNull();
    socket.send("pong");
    await eventually(() => expect(received).toHaveBeenCalledOnce());
  });

  it("ping is answered pong by a hibernated object too", async () => {
    const { world, bob, socket } = await reader();
    await evictDurableObject(world.home(bob));
    socket.send("ping");
    await eventually(() => expect(socket.texts).toEqual(["pong"]));
    await expect(evictDurableObject(world.home(bob))).rejects.toThrow(/not currently running/);
  });

  it("anything else closes the socket with 1003, over 1 KiB with 1009", async () => {
    const big = "x".repeat(CLIENT_FRAME_MAX_BYTES + 1);
    const wide = "é".repeat(CLIENT_FRAME_MAX_BYTES / 2 + 1);
    const messages: [string | ArrayBuffer, number][] = [
      ["pong", 1003],
      ["Ping", 1003],
      ["", 1003],
      ['{"type":"hello","seq":1}', 1003],
      [new ArrayBuffer(4), 1003],
      [big.slice(1), 1003],
      [big, 1009],
      [wide, 1009],
      [new ArrayBuffer(CLIENT_FRAME_MAX_BYTES + 1), 1009],
    ];
    const { world, bob } = await reader();
    for (const [message, code] of messages) {
      const socket = await LiveSocket.open(world, bob);
      socket.send(message);
      await eventually(() => expect(socket.closed?.code).toBe(code));
    }
  });

  it("a close is answered with a close", async () => {
    const { world, bob, socket } = await reader();
    socket.close(1000);
    await eventually(() => expect(socket.closed?.code).toBe(1000));
    const open = await runInDurableObject(world.home(bob), (_, state) => state.getWebSockets());
    await eventually(() => expect(open.filter(({ readyState }) => readyState === 1)).toEqual([]));
  });
});

describe("the upgrade to a live socket", () => {
  it("picks the protocol skein.v1, never the one that carries the token", async () => {
    const { world, bob } = await reader();
    const response = await requestSocket(world, bob);
    expect(response.status).toBe(101);
    expect(response.headers.get("sec-websocket-protocol")).toBe(LIVE_PROTOCOL);
  });

  it("is refused to pages of other origins, and allowed to its own origin and to clients without one", async () => {
    const { world, bob } = await reader();
    const statusFor = async (origin: string) =>
      (await requestSocket(world, bob, { origin })).status;
    expect(await statusFor("http://skein.test")).toBe(101);
    expect(await statusFor("https://elsewhere.example")).toBe(403);
    expect(await statusFor("http://skein.test.elsewhere.example")).toBe(403);
    expect(await statusFor("null")).toBe(403);
  });

  it("without the protocol, a valid token or a numeric since is refused with the reason", async () => {
    const { world, bob } = await reader();
    const statusFor = async (protocols: readonly string[], query = "") =>
      (await requestSocket(world, bob, { protocols, query })).status;
    const token = LIVE_TOKEN_PREFIX + bob.token;
    expect(await statusFor([token])).toBe(400);
    expect(await statusFor([LIVE_PROTOCOL])).toBe(401);
    expect(await statusFor([LIVE_PROTOCOL, `${LIVE_TOKEN_PREFIX}no.such.token`])).toBe(401);
    expect(await statusFor([LIVE_PROTOCOL, token], "?since=yesterday")).toBe(400);
    expect(await statusFor([LIVE_PROTOCOL, token], "?until=1")).toBe(400);
    const plain = await world.call("GET", "/v1/live", { token: bob.token });
    expect(plain.status).toBe(426);
  });

  it("fills a cold timeline before it answers", async () => {
    const world = new World();
    const [ada, bob] = [await world.account(), await world.account()];
    await world.follow(bob, ada);
    const socket = await LiveSocket.open(world, bob);
    const id = await world.post(ada, "hello");
    await world.drain();
    await eventually(() => expect(socket.changes).toEqual([`+${id}`]));
  });
});

describe("an expired token", () => {
  it("closes its own socket with 4401 by the alarm, and no other", async () => {
    const { world, bob, socket } = await reader();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 500_000 });
    const later = await world.call<{ token: string }>("POST", "/v1/admin/tokens", {
      body: { handle: bob.user.handle },
      headers: { authorization: `Bearer ${world.env.ADMIN_TOKEN}` },
    });
    const young = await LiveSocket.open(world, { ...bob, token: later.body.token });
    expect(await runDurableObjectAlarm(world.home(bob))).toBe(true);
    await eventually(() => expect(young.frames).toHaveLength(1));
    expect(socket.closed).toBeNull();

    vi.setSystemTime(Date.now() + Number(world.env.ACCESS_TOKEN_TTL_S) * 1000 - 200_000);
    expect(await runDurableObjectAlarm(world.home(bob))).toBe(true);
    await eventually(() => expect(socket.closed?.code).toBe(CLOSE_TOKEN_EXPIRED));
    expect(young.closed).toBeNull();
    const next = await runInDurableObject(world.home(bob), (_, { storage }) => storage.getAlarm());
    expect(next).toBeGreaterThan(Date.now());
  });

  it("closes its socket with 4401 at the next frame if the alarm is late", async () => {
    const { world, bob, socket } = await reader();
    const expiredMs = Date.now() + Number(world.env.ACCESS_TOKEN_TTL_S) * 1000 + 1000;
    const post = await world.post(bob, "before");
    await eventually(() => expect(socket.changes).toEqual([`+${post}`]));
    vi.useFakeTimers({ toFake: ["Date"], now: expiredMs });
    await world.home(bob).deliver([{ kind: "remove", id: post }]);
    await eventually(() => expect(socket.closed?.code).toBe(CLOSE_TOKEN_EXPIRED));
    expect(socket.changes).toEqual([`+${post}`]);
  });
});
