/** A client of the live socket that checks every frame against the contract. */
import {
  type Frame,
  frameSchema,
  LIVE_PROTOCOL,
  LIVE_TOKEN_PREFIX,
  type Session,
} from "../../feed/wire.ts";
import { createApp } from "../../workers/api/app.ts";
import type { World } from "./world.ts";

const app = createApp();

/** How a socket is opened; omitted fields are those of a correct client. */
export interface Opening {
  since?: number;
  origin?: string;
  protocols?: readonly string[];
  query?: string;
}

/** Requests a socket and returns the answer. */
export function requestSocket(
  world: World,
  user: Session,
  { since, origin, protocols, query }: Opening = {},
): Promise<Response> {
  const offered = protocols ?? [LIVE_PROTOCOL, LIVE_TOKEN_PREFIX + user.token];
  const search = query ?? (since === undefined ? "" : `?since=${since}`);
  const headers = new Headers({ upgrade: "websocket" });
  if (offered.length > 0) headers.set("sec-websocket-protocol", offered.join(", "));
  if (origin !== undefined) headers.set("origin", origin);
  const request = new Request(`http://skein.test/v1/live${search}`, { headers });
  return Promise.resolve(app.fetch(request, world.env));
}

export class LiveSocket {
  readonly frames: Frame[] = [];
  /** Messages that were not JSON: `pong`. */
  readonly texts: string[] = [];
  closed: { code: number; reason: string } | null = null;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const text = String(data);
      if (text.startsWith("{")) this.frames.push(frameSchema.parse(JSON.parse(text)));
      else this.texts.push(text);
    });
    socket.addEventListener("close", ({ code, reason }) => {
      this.closed = { code, reason };
    });
    socket.accept();
  }

  /** Opens a socket. @throws if the server refuses it */
  static async open(world: World, user: Session, opening: Opening = {}): Promise<LiveSocket> {
    const response = await requestSocket(world, user, opening);
    if (response.webSocket === null) {
      throw new Error(`no socket: ${response.status} ${await response.text()}`);
    }
    return new LiveSocket(response.webSocket);
  }

  /** The number of the newest change that this client received. */
  get seq(): number {
    const numbers = this.frames.map((frame) => ("seq" in frame ? frame.seq : 0));
    return Math.max(0, ...numbers);
  }

  /** The received posts and deletes, in order: `+id` and `-id`. */
  get changes(): string[] {
    return this.frames.flatMap((frame) => {
      if (frame.type === "post") return [`+${frame.item.post.id}`];
      return frame.type === "delete" ? [`-${frame.postId}`] : [];
    });
  }

  send(message: string | ArrayBuffer): void {
    this.#socket.send(message);
  }

  close(code = 1000): void {
    this.#socket.close(code);
  }
}
