/** The readers who are online while the demo runs: each has a socket, reads pages, and reacts to what it sees. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Skein, TimelineItem } from "../../client/src/skein-client.ts";
import type { Acting } from "./acts.ts";
import { anyReply } from "./chatter.ts";
import { type Random, randomFrom } from "./random.ts";
import { DEMO_PEOPLE, handleOf } from "./world.ts";

const LIKE_CHANCE = 0.4;
const REPOST_CHANCE = 0.06;
const REPLY_CHANCE = 0.05;
/** What somebody at the page writes gets more attention than the rest, so that they see it travel. */
const VISITOR_MORE = 2.5;
/** How soon a reader reacts to a post that has just arrived. */
const REACT_MIN_MS = 800;
const REACT_MAX_MS = 9_000;
/** Pauses between two pages of a reader. */
const READ_MIN_MS = 12_000;
const READ_MAX_MS = 35_000;
/** Posts of a page that a reader looks at. */
const LOOKS_AT = 8;
const DWELL_MAX_MS = 6_000;
/** The chance that a reader likes a post of a page that it looks at. */
const PAGE_LIKE_CHANCE = 0.12;

/** Brings the readers online until the signal is aborted. Its failures are the server's to report. */
export function bringOnline({ client, world, tokens }: Acting, stopped: AbortSignal): void {
  for (const account of world.players) {
    const handle = handleOf(world, account);
    const skein = client.as(() => tokens.of(handle));
    void new Player(skein, randomFrom(Date.now() + account), stopped).play();
  }
}

class Player {
  readonly #skein: Skein;
  readonly #random: Random;
  readonly #stopped: AbortSignal;

  constructor(skein: Skein, random: Random, stopped: AbortSignal) {
    this.#skein = skein;
    this.#random = random;
    this.#stopped = stopped;
  }

  /** Reads, then opens the socket: a timeline that was never read accepts none. */
  async play(): Promise<void> {
    await this.#read().catch(() => null);
    if (this.#stopped.aborted) return;
    const live = this.#skein.openLive((event) => {
      if (event.type === "post") this.#react(event.item).catch(() => null);
    });
    this.#stopped.addEventListener("abort", () => live.close());
    while (await this.#waits(this.#between(READ_MIN_MS, READ_MAX_MS))) {
      await this.#read().catch(() => null);
    }
  }

  /** Reads a page, and likes some of its posts. */
  async #read(): Promise<void> {
    const page = await this.#skein.readTimeline().page();
    if (!page.ok) return;
    const seen = page.value.items.slice(0, LOOKS_AT);
    if (seen.length === 0) return;
    await this.#skein.reportImpressions(
      seen.map(({ post }) => ({ postId: post.id, dwellMs: this.#random.below(DWELL_MAX_MS) })),
    );
    for (const { post } of seen) {
      if (this.#random.chance(PAGE_LIKE_CHANCE)) await this.#skein.likePost(post.id);
    }
  }

  /** Reacts to a post that has arrived, a while later. */
  async #react({ post, reason }: TimelineItem): Promise<void> {
    if (reason.kind === "self") return;
    if (!(await this.#waits(this.#between(REACT_MIN_MS, REACT_MAX_MS)))) return;
    const isOfVisitor = DEMO_PEOPLE.some(({ handle }) => handle === post.author.handle);
    const more = isOfVisitor ? VISITOR_MORE : 1;
    const random = this.#random;
    await this.#skein.reportImpressions([{ postId: post.id, dwellMs: random.below(DWELL_MAX_MS) }]);
    if (random.chance(LIKE_CHANCE * more)) await this.#skein.likePost(post.id);
    if (random.chance(REPOST_CHANCE * more)) await this.#skein.repostPost(post.id);
    if (random.chance(REPLY_CHANCE * more)) {
      await this.#skein.createPost({ text: anyReply(random), replyTo: post.id });
    }
  }

  #between(fromMs: number, toMs: number): number {
    return fromMs + this.#random.next() * (toMs - fromMs);
  }

  /** @returns false once the demo stops */
  #waits(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.#stopped }).catch(() => false);
  }
}
