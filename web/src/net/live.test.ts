import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Change, onChange } from "../state/changes.ts";
import { connected, Live, retryDelayMs } from "./live.ts";

/** A socket whose server is the test. */
class FakeSocket extends EventTarget {
  static opened: FakeSocket[] = [];
  readonly url: URL;
  readonly protocols: string[];
  readonly sent: string[] = [];

  constructor(url: URL, protocols: string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
    FakeSocket.opened.push(this);
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.hangUp(1000);
  }

  open(): void {
    this.dispatchEvent(new Event("open"));
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

const heard: Change["type"][] = [];
let live: Live;
let page: EventTarget;
let unlisten: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("location", new URL("https://skein.example/"));
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false }));
  page = new EventTarget();
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));
  heard.length = 0;
  FakeSocket.opened = [];
  unlisten = onChange(({ type }) => heard.push(type));
  live = new Live("secret");
  newest().open();
});

afterEach(() => {
  live.stop();
  unlisten();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("the token is in a subprotocol and not in the address", () => {
  expect(newest().protocols).toEqual(["skein.v1", "bearer.secret"]);
  expect(newest().url.href).toBe("wss://skein.example/v1/live");
});

test("a reconnected socket resumes after the last change received, not after the hello", () => {
  newest().say({ type: "hello", seq: 5 });
  newest().say({ type: "delete", seq: 7, postId: "A" });
  newest().hangUp(1006);
  expect(connected.get()).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(newest().url.searchParams.get("since")).toBe("7");
  newest().say({ type: "hello", seq: 9 });
  newest().hangUp(1006);
  vi.advanceTimersByTime(1_000);
  expect(newest().url.searchParams.get("since")).toBe("7");
  expect(heard).toEqual(["connected", "delete", "reconnected"]);
});

test("a socket reconnected after a resync resumes from the hello before it", () => {
  newest().say({ type: "hello", seq: 5 });
  newest().hangUp(1006);
  vi.advanceTimersByTime(1_000);
  newest().say({ type: "hello", seq: 900 });
  newest().say({ type: "resync" });
  newest().hangUp(1006);
  vi.advanceTimersByTime(1_000);
  expect(newest().url.searchParams.get("since")).toBe("900");
});

test("a socket that does not answer a ping is closed and replaced", () => {
  newest().say({ type: "hello", seq: 5 });
  vi.advanceTimersByTime(30_000);
  expect(newest().sent).toEqual(["ping"]);
  vi.advanceTimersByTime(10_000);
  expect(connected.get()).toBe(false);
});

test("the socket is down as soon as the network is, and reconnects as soon as it is back", () => {
  newest().say({ type: "hello", seq: 5 });
  page.dispatchEvent(new Event("offline"));
  expect(connected.get()).toBe(false);
  page.dispatchEvent(new Event("online"));
  newest().open();
  newest().say({ type: "hello", seq: 5 });
  expect(FakeSocket.opened).toHaveLength(2);
  expect(connected.get()).toBe(true);
});

test("a page that becomes visible again pings its socket", () => {
  newest().say({ type: "hello", seq: 5 });
  document.dispatchEvent(new Event("visibilitychange"));
  expect(newest().sent).toEqual(["ping"]);
  vi.advanceTimersByTime(10_000);
  expect(connected.get()).toBe(false);
});

test("a socket closed for an expired token is not reopened with it", () => {
  newest().hangUp(4401);
  vi.advanceTimersByTime(120_000);
  expect(FakeSocket.opened).toHaveLength(1);
});

test("the ceiling of the random pauses between attempts doubles up to a limit", () => {
  expect([1, 2, 3, 10].map((failures) => retryDelayMs(failures, 1))).toEqual([
    1_000, 2_000, 4_000, 30_000,
  ]);
  expect(retryDelayMs(3, 0.25)).toBe(1_000);
});
