/** The live socket: stays connected while somebody is signed in, and resumes after a break. */
import {
  CLOSE_TOKEN_EXPIRED,
  LIVE_PROTOCOL,
  LIVE_TOKEN_PREFIX,
} from "../../../feed/timeline/protocol.ts";
import type { Frame } from "../../../feed/wire.ts";
import { announce } from "../state/changes.ts";
import { tokenRefused } from "../state/session.ts";
import { createStore } from "../state/store.ts";

/** Short enough that no middlebox closes a silent connection. */
const PING_EVERY_MS = 30_000;
/** A socket without any answer this long after a ping is dead. */
const PONG_WITHIN_MS = 10_000;
/** The close code of a socket that ended without a close frame. */
const GONE = 1006;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** Whether the live socket is open; null until the first attempt has ended. */
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
  /** The `seq` of the last change received; null until the first hello. */
  #seq: number | null = null;
  /** The `seq` of the socket's hello. */
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
   * A page that becomes visible or online again connects at once, without waiting for the pause to end.
   * It pings an open socket, which may have died unnoticed.
   */
  #lookUp = (): void => {
    if (document.hidden) return;
    if (this.#socket === null) {
      clearTimeout(this.#retry);
      this.#connect();
    } else if (this.#ping !== undefined) this.#sendPing(this.#socket);
  };

  /** Closes the socket, which without a network would notice its end only at the next send. */
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
      // After a break the missed changes come next, and each of them moves `since`; the hello must not.
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
