import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { retryDelayMs } from "./back-off.ts";
import type { Live, LiveEvent } from "./live.ts";
import { Skein } from "./skein.ts";

/** A socket whose server is the test. */
class FakeSocket extends EventTarget {
  static opened: FakeSocket[] = [];
  readonly url: URL;
  readonly protocols: string[];
  readonly sent: string[] = [];

  constructor(url: string, protocols: string[]) {
    super();
    this.url = new URL(url);
    this.protocols = protocols;
    FakeSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.hangUp(1000);
  }

  say(frame: unknown): void {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(frame) }));
  }

  hangUp(code: number): void {
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }
}

function newest(): FakeSocket {
  const socket = FakeSocket.opened.at(-1);
  if (socket === undefined) throw new Error("no socket was opened");
  return socket;
}

const heard: LiveEvent["type"][] = [];
const listen = ({ type }: LiveEvent): void => void heard.push(type);
let live: Live;
let page: EventTarget;
let visibility: EventTarget;
/** What the API answers to every call. */
let status: number;

function client(refresh?: (refused: string) => string | null): Skein {
  return new Skein({
    url: "https://skein.example",
    token: "secret",
    fetch: ({ headers }) => {
      const ticket = `of ${headers.get("authorization") ?? "nobody"}`;
      return Promise.resolve(new Response(JSON.stringify({ ticket }), { status }));
    },
    ...(refresh === undefined ? {} : { refresh }),
  });
}

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  visibility = new EventTarget();
  vi.stubGlobal("document", Object.assign(visibility, { hidden: false }));
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  heard.length = 0;
  status = 200;
  FakeSocket.opened = [];
  live = client().openLive(listen);
  await vi.advanceTimersByTimeAsync(0);
});

afterEach(() => {
  live.close();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a ticket of the token is in a subprotocol, and nothing of it in the address", () => {
  expect(newest().protocols).toEqual(["skein.v1", "ticket.of Bearer secret"]);
  expect(newest().url.href).toBe("wss://skein.example/v1/live");
});

test("the token itself is in a subprotocol if the API has no tickets", async () => {
  live.close();
  status = 404;
  live = client().openLive(listen);
  await vi.advanceTimersByTimeAsync(0);
  expect(newest().protocols).toEqual(["skein.v1", "bearer.secret"]);
});

test("a reconnected socket resumes after the last change received, not after the hello", async () => {
  newest().say({ type: "hello", seq: 5 });
  newest().say({ type: "delete", seq: 7, postId: "A" });
  newest().hangUp(1006);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(newest().url.searchParams.get("since")).toBe("7");
  newest().say({ type: "hello", seq: 9 });
  newest().hangUp(1006);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(newest().url.searchParams.get("since")).toBe("7");
  expect(heard).toEqual(["open", "delete", "down", "open", "down"]);
});

test("a socket reconnected after a resync resumes from the hello before it", async () => {
  newest().say({ type: "hello", seq: 5 });
  newest().hangUp(1006);
  await vi.advanceTimersByTimeAsync(1_000);
  newest().say({ type: "hello", seq: 900 });
  newest().say({ type: "resync" });
  newest().hangUp(1006);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(newest().url.searchParams.get("since")).toBe("900");
});

test("a frame of a type that this client does not know is passed over", () => {
  newest().say({ type: "hello", seq: 5 });
  newest().say({ type: "of tomorrow", seq: 9 });
  expect([heard, live.seq]).toEqual([["open"], 5]);
});

test("a socket that does not answer a ping is closed and replaced", async () => {
  newest().say({ type: "hello", seq: 5 });
  vi.advanceTimersByTime(30_000);
  expect(newest().sent).toEqual(["ping"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heard).toEqual(["open", "down"]);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(FakeSocket.opened).toHaveLength(2);
});

test("the socket is down as soon as the network is, and reconnects as soon as it is back", async () => {
  newest().say({ type: "hello", seq: 5 });
  page.dispatchEvent(new Event("offline"));
  expect(heard).toEqual(["open", "down"]);
  page.dispatchEvent(new Event("online"));
  await vi.advanceTimersByTimeAsync(0);
  newest().say({ type: "hello", seq: 5 });
  expect(FakeSocket.opened).toHaveLength(2);
  expect(heard).toEqual(["open", "down", "open"]);
});

test("a page that becomes visible again pings its socket", async () => {
  newest().say({ type: "hello", seq: 5 });
  visibility.dispatchEvent(new Event("visibilitychange"));
  expect(newest().sent).toEqual(["ping"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(heard).toEqual(["open", "down"]);
});

test("a socket closed for an ended session is not reopened with its token", async () => {
  newest().hangUp(4401);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(FakeSocket.opened).toHaveLength(1);
  expect(heard).toEqual(["down", "ended"]);
});

test("a socket closed for an ended session is reopened with a renewed token", async () => {
  live.close();
  live = client((refused) => `${refused} renewed`).openLive(listen);
  await vi.advanceTimersByTimeAsync(0);
  newest().hangUp(4401);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(newest().protocols).toEqual(["skein.v1", "ticket.of Bearer secret renewed"]);
});

test("a socket that the API does not open is given up once a call is refused as well", async () => {
  status = 401;
  newest().hangUp(1006);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(heard).toEqual(["down", "ended"]);
});

test("a socket that does not open while calls are answered is tried again and again", async () => {
  for (let n = 0; n < 5; n++) {
    newest().hangUp(1006);
    await vi.advanceTimersByTimeAsync(30_000);
  }
  expect(FakeSocket.opened).toHaveLength(6);
});

test("the ceiling of the random pauses between attempts doubles up to a limit", () => {
  const delays = [1, 2, 3, 10].map((failures) => retryDelayMs(failures, 1_000, 30_000, 1));
  expect(delays).toEqual([1_000, 2_000, 4_000, 30_000]);
  expect(retryDelayMs(3, 1_000, 30_000, 0.25)).toBe(1_000);
});
