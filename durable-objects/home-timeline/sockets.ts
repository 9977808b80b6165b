/** The hibernating sockets of one home timeline. */
import { ALARM_MAX_AHEAD_MS, CLIENT_FRAME_MAX_BYTES, SOCKETS_PER_USER } from "../../feed/limits.ts";
import {
  type Attachment,
  attachmentSchema,
  LIVE_EXPIRES_HEADER,
  LIVE_ISSUED_HEADER,
  LIVE_SESSION_HEADER,
  LIVE_SINCE_HEADER,
  LIVE_TICKET_HEADER,
} from "../../feed/timeline/live.ts";
import type { UserId } from "../../feed/ids.ts";
import { oldestSession, type TokenMark } from "../../feed/sessions.ts";
import type { SessionEnds } from "./session-ends.ts";
import { CLOSE_TOKEN_EXPIRED, type Frame, LIVE_PROTOCOL } from "../../feed/wire.ts";
import { wakeBy } from "../storage/wake-by.ts";

const CLOSE_UNSUPPORTED = 1003;
const CLOSE_TOO_BIG = 1009;
const CLOSE_GOING_AWAY = 1001;

export class Sockets {
  readonly #ctx: DurableObjectState;
  readonly #owner: UserId;
  readonly #sessions: SessionEnds;

  constructor(ctx: DurableObjectState, owner: UserId, sessions: SessionEnds) {
    this.#ctx = ctx;
    this.#owner = owner;
    this.#sessions = sessions;
    // The runtime answers heartbeats, so that they do not wake the object.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  get count(): number {
    return this.#ctx.getWebSockets().length;
  }

  /**
   * Answers the upgrade of a socket that the edge has authenticated: 101, 401 if its session has ended or its
   * ticket was used, or 429 if too many are open.
   * @param frames the first frames
   */
  async upgrade(request: Request, frames: readonly Frame[]): Promise<Response> {
    if (this.count >= SOCKETS_PER_USER) return new Response(null, { status: 429 });
    const { headers: sent } = request;
    const expiresAtMs = Number(sent.get(LIVE_EXPIRES_HEADER));
    const session = sent.get(LIVE_SESSION_HEADER) ?? oldestSession(this.#owner);
    const mark = { session, issuedMs: Number(sent.get(LIVE_ISSUED_HEADER)) };
    const nowMs = Date.now();
    if (this.#sessions.concern(mark, nowMs)) return new Response(null, { status: 401 });
    const ticket = sent.get(LIVE_TICKET_HEADER);
    // Last, so that a ticket opens a socket although an attempt with it was refused for another reason.
    if (ticket !== null && !this.#sessions.useTicket(ticket, nowMs)) {
      return new Response(null, { status: 401 });
    }
    const { 0: client, 1: server } = new WebSocketPair();
    await this.#accept(server, { v: 1, expiresAtMs, ...mark }, frames);
    const headers = { "sec-websocket-protocol": LIVE_PROTOCOL };
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /**
   * Sets the alarm, unless an earlier one is set. A time too far ahead for the platform becomes an
   * earlier alarm, which sets the next one.
   */
  async wakeBy(wantedMs: number): Promise<void> {
    await wakeBy(this.#ctx.storage, Math.min(wantedMs, Date.now() + ALARM_MAX_AHEAD_MS));
  }

  /** Sends frames to every socket; one whose token has expired, or that fails, is closed. */
  broadcast(frames: readonly Frame[], nowMs: number): void {
    if (frames.length === 0) return;
    const sockets = this.#ctx.getWebSockets();
    if (sockets.length === 0) return;
    const texts = frames.map((frame) => JSON.stringify(frame));
    for (const socket of sockets) {
      if (this.#closedAsExpired(socket, nowMs)) continue;
      try {
        for (const text of texts) socket.send(text);
      } catch {
        // The client has gone; it reconnects with `since`.
        closeQuietly(socket, CLOSE_GOING_AWAY, "the connection is gone");
      }
    }
  }

  /** Closes sockets whose token has expired, and sets the alarm for the next one to expire. */
  async closeExpired(nowMs: number): Promise<void> {
    const open = this.#ctx
      .getWebSockets()
      .filter((socket) => !this.#closedAsExpired(socket, nowMs))
      .map((socket) => expiryOf(socket));
    if (open.length > 0) await this.wakeBy(Math.min(...open));
  }

  /** Closes the sockets of sessions that have ended. */
  closeEnded(nowMs: number): void {
    for (const socket of this.#ctx.getWebSockets()) {
      if (!this.#sessions.concern(this.#markOf(socket), nowMs)) continue;
      closeQuietly(socket, CLOSE_TOKEN_EXPIRED, "the session has ended");
    }
  }

  /** Closes every socket, because its owner may not use it any more. */
  closeAll(): void {
    for (const socket of this.#ctx.getWebSockets()) {
      closeQuietly(socket, CLOSE_TOKEN_EXPIRED, "the account is closed");
    }
  }

  /** Closes a socket for its message: clients send only pings, and the runtime answers those. */
  refuse(socket: WebSocket, message: string | ArrayBuffer): void {
    const bytes =
      typeof message === "string"
        ? new TextEncoder().encode(message).byteLength
        : message.byteLength;
    if (bytes > CLIENT_FRAME_MAX_BYTES) {
      closeQuietly(socket, CLOSE_TOO_BIG, `a frame holds at most ${CLIENT_FRAME_MAX_BYTES} bytes`);
    } else {
      closeQuietly(socket, CLOSE_UNSUPPORTED, "only the text ping is understood");
    }
  }

  /** Finishes the closing handshake; 1005 and 1006 may not be sent, so they become 1000. */
  answerClose(socket: WebSocket, code: number): void {
    closeQuietly(socket, code === 1005 || code === 1006 ? 1000 : code, "");
  }

  async #accept(
    socket: WebSocket,
    attachment: Attachment,
    frames: readonly Frame[],
  ): Promise<void> {
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment(attachment);
    for (const frame of frames) socket.send(JSON.stringify(frame));
    await this.wakeBy(attachment.expiresAtMs);
  }

  /** The session of a socket. One that an earlier version has opened counts as of the oldest. */
  #markOf(socket: WebSocket): TokenMark {
    const attachment = attachmentSchema.safeParse(socket.deserializeAttachment());
    const { session, issuedMs } = attachment.data ?? {};
    return { session: session ?? oldestSession(this.#owner), issuedMs: issuedMs ?? 0 };
  }

  /** Closes a socket whose token has expired. @returns whether it has */
  #closedAsExpired(socket: WebSocket, nowMs: number): boolean {
    if (expiryOf(socket) > nowMs) return false;
    closeQuietly(socket, CLOSE_TOKEN_EXPIRED, "the token has expired");
    return true;
  }
}

/** The newest change that a returning socket has seen; null for a new one. */
export function sinceOf(request: Request): number | null {
  const since = request.headers.get(LIVE_SINCE_HEADER);
  return since === null ? null : Number(since);
}

/** When a socket's token expires; 0, so at once, if its attachment has an unknown version. */
function expiryOf(socket: WebSocket): number {
  const attachment = attachmentSchema.safeParse(socket.deserializeAttachment());
  return attachment.success ? attachment.data.expiresAtMs : 0;
}

/** Closes a socket that may be closing already. */
function closeQuietly(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // The other side has closed it in the meantime.
  }
}
