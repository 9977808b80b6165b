/** Followers with an open socket, who note when each post reaches them. */
import pMap from "p-map";
import type { Live } from "../../client/src/skein-client.ts";
import { Progress } from "../demo/progress.ts";
import type { Member } from "./crowd.ts";

const OPENING_AT_ONCE = 16;

/** Called for each frame with a post. */
export type OnPost = (member: Member, postId: string) => void;

export class Watchers {
  readonly members: readonly Member[];
  readonly #sockets: Live[] = [];
  /** How often an open socket closed by itself; each is opened again. */
  lost = 0;

  private constructor(members: readonly Member[]) {
    this.members = members;
  }

  /** Opens a socket for each member. @throws Error if one is refused */
  static async open(members: readonly Member[], onPost: OnPost): Promise<Watchers> {
    const watchers = new Watchers(members);
    const progress = new Progress("Opening sockets", members.length);
    let done = 0;
    await pMap(
      members,
      async (member) => {
        await watchers.#open(member, onPost);
        progress.update(++done);
      },
      { concurrency: OPENING_AT_ONCE },
    );
    progress.end();
    return watchers;
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }

  #open(member: Member, onPost: OnPost): Promise<void> {
    return new Promise((resolve, reject) => {
      let opened = false;
      const live = member.skein.openLive((event) => {
        if (event.type === "post") onPost(member, event.item.post.id);
        if (event.type === "open") {
          opened = true;
          resolve();
        }
        if (event.type !== "down" && event.type !== "ended") return;
        if (opened) this.lost++;
        else reject(new Error(`the socket of @${member.handle} was refused`));
      });
      this.#sockets.push(live);
    });
  }
}
