/** A client of the live socket: everything the server says, checked against the contract's frames. */
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

/** How a socket is opened; whatever is not given is what a good client does. */
export interface Opening {
  since?: number;
  origin?: string;
  protocols?: readonly string[];
  query?: string;
}

/** Asks for a socket, and returns whatever is answered. */
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
  /** What came that was no JSON: `pong`. */
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

  /** Opens a socket. @throws if the server does not take it */
  static async open(world: World, user: Session, opening: Opening = {}): Promise<LiveSocket> {
    const response = await requestSocket(world, user, opening);
    if (response.webSocket === null) {
      throw new Error(`no socket: ${response.status} ${await response.text()}`);
    }
    return new LiveSocket(response.webSocket);
  }

  /** The number of the newest change that this client knows of. */
  get seq(): number {
    const numbers = this.frames.map((frame) => ("seq" in frame ? frame.seq : 0));
    return Math.max(0, ...numbers);
  }

  /** The posts and deletes that have come, in order: `+id` and `-id`. */
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
