/** What a celebrity's post, and a reader of many, cost by hubs: calls, counted at the bindings. */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { LIVE_REJOIN_EVERY_MS } from "../../feed/limits.ts";
import type { Session, Timeline } from "../../feed/wire.ts";
import { eventually } from "../eventually.ts";
import { sizeOf } from "../model/seed.ts";
import { announced } from "./author-feeds.ts";
import { hubAudience, resetHubs, signedIn, SOON, THRESHOLD } from "./hub-world.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

const PAGE = "/v1/timeline?order=latest";

vi.setConfig({ testTimeout: 120_000 });

resetHubs();

/** Counts the calls of objects by verb and name, from now on. */
function countCalls() {
  const calls = new Map<string, number>();
  for (const [binding, namespace] of [
    ["HUB", bindings.HUB],
    ["HOME_TIMELINE", bindings.HOME_TIMELINE],
  ] as const) {
    const untyped: DurableObjectNamespace = namespace;
    const getByName = untyped.getByName.bind(untyped);
    vi.spyOn(untyped, "getByName").mockImplementation((name, options) => {
      const stub = getByName(name, options);
      return new Proxy(stub, {
        get(target, verb) {
          const value: unknown = Reflect.get(target, verb);
          if (typeof value !== "function" || verb === "constructor") return value;
          return (...sent: unknown[]): unknown => {
            const key = `${binding} ${String(verb)} ${name}`;
            calls.set(key, (calls.get(key) ?? 0) + 1);
            return Reflect.apply(value, target, sent);
          };
        },
      });
    });
  }
  /** The numbers of calls to each object that got one, by binding and verb. */
  return (what: string): number[] =>
    [...calls].filter(([key]) => key.startsWith(`${what} `)).map(([, count]) => count);
}

const SOCKETS = sizeOf({ short: 150, long: 1_000 });
const HUBS = 4;

describe(`a post of a celebrity with ${SOCKETS} sockets`, () => {
  it(`costs one call of each of ${HUBS} hubs and one of each timeline`, async () => {
    const { readers, post } = await hubAudience(SOCKETS, HUBS);
    const callsOf = countCalls();
    const id = await post("to everyone");
    await vi.waitFor(() => {
      for (const { socket } of readers) expect(socket.changes).toEqual([id]);
    }, SOON);
    expect(callsOf("HUB receive")).toEqual(Array(HUBS).fill(1));
    expect(callsOf("HOME_TIMELINE receive")).toEqual(Array(SOCKETS).fill(1));
  });

  it("a second later reaches timelines with the one before it, in one call", async () => {
    const { readers, post, feed } = await hubAudience(THRESHOLD);
    await post("first");
    await vi.waitFor(() => expect(readers[0]?.socket.changes).toHaveLength(1), SOON);
    const callsOf = countCalls();
    const ids = [await post("second"), await post("third"), await post("fourth")];
    await announced(feed);
    for (const { socket } of readers) expect(socket.changes.slice(1)).toEqual(ids);
    const most = Math.max(...callsOf("HOME_TIMELINE receive"));
    expect(most).toBeLessThanOrEqual(2);
  });
});

describe("a reader of many pulled authors", () => {
  it("costs one call of their hub for a socket, one for renewing it, and one for a page", async () => {
    const world = new World({ CELEBRITY_THRESHOLD: "1" });
    const reader = await signedIn(world, await world.account());
    await world.scroll(reader);
    const authors: Session[] = [];
    for (let n = 0; n < 12; n++) {
      const author = await world.account();
      await world.follow(reader, author);
      await world.post(author, "hello");
      authors.push(author);
    }
    await world.drain();
    const hubCalls = (callsOf: ReturnType<typeof countCalls>) =>
      ["join", "versionsOf", "watch"].flatMap((verb) => callsOf(`HUB ${verb}`));
    let callsOf = countCalls();
    const page = new World({ CELEBRITY_THRESHOLD: "1" });
    await page.call<Timeline>("GET", PAGE, { token: reader.token });
    expect(hubCalls(callsOf)).toEqual([1]);
    vi.restoreAllMocks();
    callsOf = countCalls();
    const socket = await LiveSocket.open(world, reader);
    await eventually(() => expect(hubCalls(callsOf)).toEqual([1]));
    // An isolate that knows the versions already spends its call on what is on screen.
    await page.call<Timeline>("GET", PAGE, { token: reader.token });
    vi.restoreAllMocks();
    callsOf = countCalls();
    await runInDurableObject(world.home(reader), async (instance) => {
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + LIVE_REJOIN_EVERY_MS + 1 });
      await instance.alarm();
    });
    expect(callsOf("HUB join")).toEqual([1]);
    vi.useRealTimers();
    const post = await world.post(authors[0] ?? reader, "news");
    await world.drain();
    await vi.waitFor(() => expect(socket.changes).toContain(`+${post}`), SOON);
  });
});
