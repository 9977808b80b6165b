/** One operation of a member, as a call; it answers what later operations need. */
import { orThrow } from "../../client/src/errors.ts";
import { Skein } from "../../client/src/skein-client.ts";
import type { Random } from "../demo/random.ts";
import type { Member } from "./crowd.ts";
import type { Operation } from "./mix.ts";

/** A call without an answer after this long has failed. */
const ANSWER_MAX_MS = 30_000;
/** Posts that pages have shown lately, of which likes and reports pick. */
const RECENT_POSTS = 500;

/** The client of a run's members: an operation is one request, and its failure counts. */
export function loadingClient(url: string): Skein {
  return new Skein({ url, attempts: 1, timeoutMs: ANSWER_MAX_MS });
}

export class Requests {
  readonly #random: Random;
  readonly #recent: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** Ids of the newest entries of a member's timeline. @throws SkeinError, as all others */
  async newest({ skein }: Member, limit: number): Promise<string[]> {
    const { items } = orThrow(await skein.readTimeline({ order: "latest", limit }).page());
    return items.map((item) => item.post.id);
  }

  /** Publishes a post. @returns its id */
  async post({ skein }: Member, text: string): Promise<string> {
    return orThrow(await skein.createPost({ text })).id;
  }

  /** Does any operation but a post. */
  async run(operation: Exclude<Operation, "post">, member: Member): Promise<void> {
    const { skein } = member;
    const random = this.#random;
    const other = member.followees.length === 0 ? member : random.pick(member.followees);
    switch (operation) {
      case "read": {
        const order = random.chance(0.5) ? "ranked" : "latest";
        const { items } = orThrow(await skein.readTimeline({ order }).page());
        this.#recent.push(...items.map((item) => item.post.id));
        this.#recent.splice(0, this.#recent.length - RECENT_POSTS);
        return;
      }
      case "user":
        orThrow(await skein.listUserPosts(`@${other.handle}`).page());
        return;
      case "like":
        if (this.#recent.length === 0) return;
        orThrow(await skein.likePost(random.pick(this.#recent)));
        return;
      case "follow":
        // One that exists already: the graph of the run stays as it is.
        if (other === member) return;
        orThrow(await skein.followUser(`@${other.handle}`));
        return;
      case "impressions": {
        if (this.#recent.length === 0) return;
        const items = Array.from({ length: 5 }, () => ({
          postId: random.pick(this.#recent),
          dwellMs: random.below(5_000),
        }));
        orThrow(await skein.reportImpressions(items));
      }
    }
  }
}
