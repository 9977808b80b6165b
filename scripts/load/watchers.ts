/** Followers with an open socket, who note when each post reaches them. */
import pMap from "p-map";
import { frameSchema, LIVE_PROTOCOL, LIVE_TOKEN_PREFIX } from "../../feed/wire.ts";
import { Progress } from "../demo/progress.ts";
import type { Member } from "./crowd.ts";

const OPENING_AT_ONCE = 16;

/** Called for each frame with a post. */
export type OnPost = (member: Member, postId: string) => void;

export class Watchers {
  readonly members: readonly Member[];
  readonly #sockets: WebSocket[] = [];
  /** Sockets that closed by themselves. */
  lost = 0;
  #closing = false;

  private constructor(members: readonly Member[]) {
    this.members = members;
  }

  /** Opens a socket for each member. @throws Error if one is refused */
  static async open(
    address: string,
    members: readonly Member[],
    onPost: OnPost,
  ): Promise<Watchers> {
    const watchers = new Watchers(members);
    const progress = new Progress("Opening sockets", members.length);
    let done = 0;
    await pMap(
      members,
      async (member) => {
        await watchers.#open(address, member, onPost);
        progress.update(++done);
      },
      { concurrency: OPENING_AT_ONCE },
    );
    progress.end();
    return watchers;
  }

  close(): void {
    this.#closing = true;
    for (const socket of this.#sockets) socket.close();
  }

  #open(address: string, member: Member, onPost: OnPost): Promise<void> {
    const url = new URL("/v1/live", address.replace(/^http/, "ws"));
    const socket = new WebSocket(url, [LIVE_PROTOCOL, LIVE_TOKEN_PREFIX + member.token]);
    this.#sockets.push(socket);
    socket.addEventListener("message", ({ data }) => {
      const frame = frameSchema.safeParse(JSON.parse(String(data)));
      if (frame.success && frame.data.type === "post") onPost(member, frame.data.item.post.id);
    });
    socket.addEventListener("close", () => {
      if (!this.#closing) this.lost++;
    });
    return new Promise((resolve, reject) => {
      socket.addEventListener("open", () => resolve());
      socket.addEventListener("error", () => {
        reject(new Error(`the socket of @${member.handle} was refused`));
      });
    });
  }
}
