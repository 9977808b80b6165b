/** The hibernating sockets of one home timeline. */
import type { Frame } from "../../feed/wire.ts";
import { CLOSE_TOKEN_EXPIRED } from "../../feed/wire.ts";
import { type Attachment, attachmentSchema } from "../../feed/timeline/live.ts";
import { CLIENT_FRAME_MAX_BYTES } from "../../feed/limits.ts";

const CLOSE_UNSUPPORTED = 1003;
const CLOSE_TOO_BIG = 1009;
const CLOSE_GOING_AWAY = 1001;

export class Sockets {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
    // Answered by the runtime, so that a heartbeat wakes nobody.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  get count(): number {
    return this.#ctx.getWebSockets().length;
  }

  /** Accepts the object's end of a socket and sends it its first frames. */
  async accept(socket: WebSocket, attachment: Attachment, frames: readonly Frame[]): Promise<void> {
    this.#ctx.acceptWebSocket(socket);
    socket.serializeAttachment(attachment);
    for (const frame of frames) socket.send(JSON.stringify(frame));
    await this.wakeBy(attachment.expiresAtMs);
  }

  /** Sets the alarm, unless it is set for an earlier time. */
  async wakeBy(atMs: number): Promise<void> {
    const alarm = await this.#ctx.storage.getAlarm();
    if (alarm === null || alarm > atMs) await this.#ctx.storage.setAlarm(atMs);
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
        // The peer is gone; it comes back with `since`.
        closeQuietly(socket, CLOSE_GOING_AWAY, "the connection is gone");
      }
    }
  }

  /** Closes sockets whose token has expired, and sets the alarm for the next one. */
  async closeExpired(nowMs: number): Promise<void> {
    const open = this.#ctx
      .getWebSockets()
      .filter((socket) => !this.#closedAsExpired(socket, nowMs))
      .map((socket) => expiryOf(socket));
    if (open.length > 0) await this.wakeBy(Math.min(...open));
  }

  /** A client sends nothing but pings, which never get here. */
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

  #closedAsExpired(socket: WebSocket, nowMs: number): boolean {
    if (expiryOf(socket) > nowMs) return false;
    closeQuietly(socket, CLOSE_TOKEN_EXPIRED, "the token has expired");
    return true;
  }
}

/** When a socket's token expires; at once if its attachment is of a version not known here. */
function expiryOf(socket: WebSocket): number {
  const attachment = attachmentSchema.safeParse(socket.deserializeAttachment());
  return attachment.success ? attachment.data.expiresAtMs : 0;
}

/** Closes a socket that may be closing already. */
export function closeQuietly(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed by the other side in the meantime.
  }
}
