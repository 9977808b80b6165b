/** The live socket: stays connected, and resumes after a break with what was missed. */
import { retryDelayMs } from "./back-off.ts";
import { addressOf, type Calls } from "./calls.ts";
import { SkeinError } from "./errors.ts";
import type { CountsFrame, DeleteFrame, Frame, PostFrame, ResyncFrame, Ticket } from "./wire.ts";

/** The subprotocol, and the prefix of the one that carries the token. */
const PROTOCOL = "skein.v1";
const TOKEN_PREFIX = "bearer.";
/** The prefix of the subprotocol that carries a ticket instead. */
const TICKET_PREFIX = "ticket.";
/** The close code of a socket whose session has ended, and of one that ended without a close frame. */
const SESSION_ENDED = 4401;
const GONE = 1006;
/** Short enough that no middlebox closes a silent connection. */
const PING_EVERY_MS = 30_000;
/** A socket without any answer this long after a ping is dead. */
const PONG_WITHIN_MS = 10_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

/** What a listener gets, in the order in which it happened. */
export type LiveEvent =
  /** The socket is open. If `resumed`, what was missed comes next, but for counts; else read a page. */
  | { type: "open"; seq: number; resumed: boolean }
  /** The socket is down, and is opened again by itself. */
  | { type: "down" }
  /** The socket is closed for good: there is no token, or the API refuses it. */
  | { type: "ended"; error: SkeinError }
  | PostFrame
  | DeleteFrame
  | CountsFrame
  /** Read the timeline again. */
  | ResyncFrame;

/** The part of a WebSocket that is needed. */
export interface Socket {
  addEventListener(type: "message" | "close", listener: (event: { type: string }) => void): void;
  send(text: string): void;
  close(code?: number): void;
}

/** Opens a WebSocket; one that is open already will do. */
export type Connect = (url: string, protocols: string[]) => Socket | Promise<Socket>;

/** How a socket is opened. */
export interface LiveOptions {
  /** The `seq` of a timeline page: what happened since then comes first. */
  since?: number | null;
  /** Opens sockets in another way than `new WebSocket`. */
  connect?: Connect;
}

const connectByPlatform: Connect = (url, protocols) => new WebSocket(url, protocols);

/** A connection of one account. */
export class Live {
  readonly #calls: Calls;
  readonly #listener: (event: LiveEvent) => void;
  readonly #connectBy: Connect;
  #socket: Socket | null = null;
  /** Counts attempts, so that a slow one that was given up does nothing. */
  #attempt = 0;
  #token = "";
  /** The `seq` of the last change received; null until the first hello. */
  #seq: number | null;
  /** The `seq` of the open socket's hello; null before it. */
  #helloSeq: number | null = null;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #ping: ReturnType<typeof setInterval> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  readonly #unwatch: () => void;
  #closed = false;

  constructor(calls: Calls, listener: (event: LiveEvent) => void, options: LiveOptions = {}) {
    this.#calls = calls;
    this.#listener = listener;
    this.#seq = options.since ?? null;
    this.#connectBy = options.connect ?? connectByPlatform;
    this.#unwatch = watchPage(
      () => this.wake(),
      () => this.#lose(),
    );
    calls.settings.signal?.addEventListener("abort", () => this.close());
    void this.#connect();
  }

  /** The newest change received: `since` of a later socket. Null until one was open. */
  get seq(): number | null {
    return this.#seq;
  }

  /** Closes the socket for good. Nothing is heard afterwards. */
  close(): void {
    this.#closed = true;
    this.#unwatch();
    clearTimeout(this.#retry);
    this.#drop();
  }

  /**
   * Connects at once, without waiting for the pause to end, or pings an open socket, which may have died
   * unnoticed. In a page this happens by itself when the page becomes visible or online again.
   */
  wake(): void {
    if (this.#closed) return;
    if (this.#helloSeq !== null) this.#sendPing();
    else if (this.#retry !== undefined) void this.#connect();
  }

  async #connect(): Promise<void> {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    const attempt = ++this.#attempt;
    const isCurrent = (): boolean => attempt === this.#attempt && !this.#closed;
    const token = await this.#calls.tokens.current();
    if (!isCurrent()) return;
    if (token === null) return this.#end(new SkeinError("unauthenticated", "there is no token"));
    this.#token = token;
    const since = this.#seq === null ? "" : `?since=${this.#seq}`;
    const url = addressOf(this.#calls.settings.url, `/v1/live${since}`).replace(/^http/, "ws");
    const proof = await this.#proof();
    if (!isCurrent()) return;
    if (proof === null) return this.#down(GONE);
    if (proof instanceof SkeinError) return this.#end(proof);
    try {
      const socket = await this.#connectBy(url, [PROTOCOL, proof]);
      if (!isCurrent()) return socket.close(1000);
      this.#listen(socket);
    } catch (error) {
      // A platform without WebSocket, or an address that is none: no later attempt can do better.
      if (error instanceof ReferenceError || error instanceof SyntaxError) throw error;
      if (isCurrent()) await this.#down(GONE);
    }
  }

  /**
   * The subprotocol that proves who opens the socket: a ticket, or the token where the API has no tickets.
   * @returns null if no ticket can be had now, an error if there will be none
   */
  async #proof(): Promise<string | SkeinError | null> {
    const ticket = await this.#calls.json<Ticket>({
      method: "POST",
      path: "/v1/live/tickets",
      attempts: 1,
    });
    this.#token = (await this.#calls.tokens.current()) ?? "";
    if (ticket.ok) return TICKET_PREFIX + ticket.value.ticket;
    const { code } = ticket.error;
    if (code === "unauthenticated") return ticket.error;
    return code === "not_found" ? TOKEN_PREFIX + this.#token : null;
  }

  #listen(socket: Socket): void {
    this.#socket = socket;
    socket.addEventListener("message", (event) => {
      if (socket !== this.#socket) return;
      clearTimeout(this.#silence);
      const data: unknown = "data" in event ? event.data : null;
      if (typeof data !== "string" || data === "pong") return;
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's tests hold its frames to the schema
      this.#take(JSON.parse(data) as Frame);
    });
    socket.addEventListener("close", (event) => {
      if (socket === this.#socket) void this.#down("code" in event ? Number(event.code) : GONE);
    });
  }

  #take(frame: Frame): void {
    switch (frame.type) {
      case "hello": {
        const resumed = this.#seq !== null;
        this.#failures = 0;
        this.#helloSeq = frame.seq;
        // After a break the missed changes come next, and each of them moves `since`; the hello must not.
        this.#seq ??= frame.seq;
        this.#ping = setInterval(() => this.#sendPing(), PING_EVERY_MS);
        this.#listener({ type: "open", seq: frame.seq, resumed });
        return;
      }
      case "resync":
        this.#seq = this.#helloSeq;
        break;
      case "post":
      case "delete":
        this.#seq = Math.max(this.#seq ?? 0, frame.seq);
        break;
      case "counts":
        break;
      default:
        // A frame of a newer API.
        return;
    }
    this.#listener(frame);
  }

  #sendPing(): void {
    this.#socket?.send("ping");
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#lose(), PONG_WITHIN_MS);
  }

  /** Gives the socket up, which without a network would notice its end only at the next send. */
  #lose(): void {
    if (this.#socket !== null) void this.#down(GONE);
  }

  async #down(code: number): Promise<void> {
    const wasOpen = this.#helloSeq !== null;
    this.#drop();
    this.#listener({ type: "down" });
    if (this.#closed) return;
    if (code === SESSION_ENDED) {
      const renewed = await this.#calls.tokens.renew(this.#token).catch(() => this.#token);
      if (renewed === null) this.#end(new SkeinError("unauthenticated", "the session has ended"));
      else this.#connectLater();
      return;
    }
    this.#connectLater();
    if (wasOpen) return;
    // A socket that never opened does not show its status: a call tells whether the token is refused.
    const me = await this.#calls.done({ method: "GET", path: "/v1/me", attempts: 1 });
    if (!me.ok && me.error.code === "unauthenticated" && this.#helloSeq === null) {
      this.#end(me.error);
    }
  }

  #connectLater(): void {
    if (this.#closed) return;
    const delayMs = retryDelayMs(++this.#failures, RETRY_FIRST_MS, RETRY_MAX_MS, Math.random());
    this.#retry = setTimeout(() => void this.#connect(), delayMs);
  }

  #end(error: SkeinError): void {
    if (this.#closed) return;
    this.close();
    this.#listener({ type: "ended", error });
  }

  #drop(): void {
    clearInterval(this.#ping);
    clearTimeout(this.#silence);
    this.#helloSeq = null;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
  }
}

/** The parts of a page that tell when it comes back, and when its network goes. */
interface PageGlobals {
  document?: EventTarget & { hidden: boolean };
  addEventListener?: EventTarget["addEventListener"];
  removeEventListener?: EventTarget["removeEventListener"];
}

/** Calls `back` when a page becomes visible or online, and `gone` when it goes offline. @returns an end */
function watchPage(back: () => void, gone: () => void): () => void {
  const { document, addEventListener, removeEventListener } = globalThis as PageGlobals;
  if (document === undefined) return () => undefined;
  const look = (): void => {
    if (!document.hidden) back();
  };
  addEventListener?.("online", look);
  addEventListener?.("offline", gone);
  document.addEventListener("visibilitychange", look);
  return () => {
    removeEventListener?.("online", look);
    removeEventListener?.("offline", gone);
    document.removeEventListener("visibilitychange", look);
  };
}
