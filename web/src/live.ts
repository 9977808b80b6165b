/** The live socket: stays connected while somebody is signed in, and resumes where it broke off. */
import {
  CLOSE_TOKEN_EXPIRED,
  LIVE_PROTOCOL,
  LIVE_TOKEN_PREFIX,
} from "../../feed/timeline/protocol.ts";
import type { Frame } from "../../feed/wire.ts";
import { announce } from "./changes.ts";
import { tokenRefused } from "./session.ts";
import { createStore } from "./store.ts";

/** Often enough to keep middleboxes from closing a silent connection. */
const PING_EVERY_MS = 30_000;
/** A socket that has not said a word this long after a ping is dead. */
const PONG_WITHIN_MS = 10_000;
/** The code of a socket that ended without a word. */
const GONE = 1006;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Whether the live socket is up. Null before its first attempt is decided. */
export const connected = createStore<boolean | null>(null);

/**
 * How long to wait before an attempt, drawn evenly from 0 to a ceiling that doubles ("full jitter",
 * https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
 * @param failures attempts that failed in a row, at least 1
 * @param random 0..1
 */
export function retryDelayMs(failures: number, random: number): number {
  return random * Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** (failures - 1));
}

function parseFrame(data: unknown): Frame | null {
  if (typeof data !== "string" || data === "pong") return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server's tests hold its frames to the schema
  return JSON.parse(data) as Frame;
}

/** One account's connection. Call `stop` when the session ends. */
export class Live {
  readonly #token: string;
  #socket: WebSocket | null = null;
  /** The last change taken in; null until the first hello. */
  #seq: number | null = null;
  /** The newest change when the socket said hello. */
  #helloSeq = 0;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(token: string) {
    this.#token = token;
    addEventListener("online", this.#lookUp);
    addEventListener("offline", this.#lost);
    document.addEventListener("visibilitychange", this.#lookUp);
    this.#connect();
  }

  stop(): void {
    removeEventListener("online", this.#lookUp);
    removeEventListener("offline", this.#lost);
    document.removeEventListener("visibilitychange", this.#lookUp);
    clearTimeout(this.#retry);
    this.#drop();
    connected.set(null);
  }

  /**
   * A page that is looked at again, or online again, does not sit out a pause; and a socket that
   * slept through it may be dead without knowing.
   */
  #lookUp = (): void => {
    if (document.hidden) return;
    if (this.#socket === null) {
      clearTimeout(this.#retry);
      this.#connect();
    } else if (this.#ping !== undefined) this.#sendPing(this.#socket);
  };

  /** Without a network a socket learns of its end only when it is next used. */
  #lost = (): void => {
    if (this.#socket !== null) this.#closed(this.#socket, GONE);
  };

  #connect(): void {
    const address = new URL("/v1/live", location.href.replace(/^http/, "ws"));
    if (this.#seq !== null) address.searchParams.set("since", String(this.#seq));
    const socket = new WebSocket(address, [LIVE_PROTOCOL, LIVE_TOKEN_PREFIX + this.#token]);
    this.#socket = socket;
    socket.addEventListener("open", () => {
      this.#ping = setInterval(() => this.#sendPing(socket), PING_EVERY_MS);
    });
    socket.addEventListener("message", (event: MessageEvent<unknown>) => {
      clearTimeout(this.#silence);
      const frame = parseFrame(event.data);
      if (frame !== null) this.#take(frame);
    });
    socket.addEventListener("close", (event) => this.#closed(socket, event.code));
  }

  #take(frame: Frame): void {
    if (frame.type === "hello") {
      this.#failures = 0;
      this.#helloSeq = frame.seq;
      connected.set(true);
      // After a break, what was missed comes next: its own numbers move the mark, not the hello's.
      if (this.#seq !== null) {
        announce({ type: "reconnected" });
        return;
      }
      this.#seq = frame.seq;
      announce({ type: "connected" });
      return;
    }
    if (frame.type === "resync") this.#seq = this.#helloSeq;
    else if ("seq" in frame) this.#seq = Math.max(this.#seq ?? 0, frame.seq);
    announce(frame);
  }

  #sendPing(socket: WebSocket): void {
    socket.send("ping");
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#closed(socket, GONE), PONG_WITHIN_MS);
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#drop();
    connected.set(false);
    if (code === CLOSE_TOKEN_EXPIRED) {
      tokenRefused(this.#token);
      return;
    }
    this.#failures++;
    const delayMs = retryDelayMs(this.#failures, Math.random());
    this.#retry = setTimeout(() => this.#connect(), delayMs);
  }

  #drop(): void {
    clearInterval(this.#ping);
    this.#ping = undefined;
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }
}
