/** Live counts over real HTTP and sockets: two accounts have the same post on screen. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type Live,
  type LiveEvent,
  orThrow,
  Skein,
  SkeinAdministration,
} from "../../client/src/skein-client.ts";
import { COUNTS_PUSH_EVERY_MS } from "../../feed/limits.ts";
import { type Server, startServer } from "./server.ts";

/** A frame counts as lost after this time, which is far longer than any machine takes. */
const LOST_AFTER_MS = 30_000;
const POLL_MS = 5;
/** Likes, one at a time. The number is odd, so that the median is one of them. */
const LIKES = 9;
const BURST = 30;
/** How long a counting job waits in its queue for others: `max_batch_timeout` in wrangler.toml. */
const COUNTING_WAITS_MS = 1_000;
/** A like takes one hop more than a post, which is 1.4 times as long on an idle machine. */
const SLOWER_THAN_A_POST_MAX = 10;
const TEST_TIMEOUT_MS = 120_000;

let server: Server;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.close());

/** An account with an open page: its client and socket. */
class Screen {
  readonly handle: string;
  readonly skein: Skein;
  readonly #events: { event: LiveEvent; atMs: number }[] = [];
  readonly #live: Live;

  private constructor(handle: string, skein: Skein) {
    this.handle = handle;
    this.skein = skein;
    this.#live = skein.openLive((event) => {
      this.#events.push({ event, atMs: performance.now() });
    });
  }

  /** Creates an account, and opens its socket. */
  static async open(handle: string): Promise<Screen> {
    const skein = await account(handle);
    // The first read fills the timeline, because a cold one accepts no socket.
    await read(skein);
    const screen = new Screen(handle, skein);
    await screen.until("the opening", (event) => event.type === "open");
    return screen;
  }

  /** The counts of a post that frames have shown, oldest first. */
  counts(post: string): { likes: number; atMs: number }[] {
    return this.#events.flatMap(({ event, atMs }) =>
      event.type === "counts" && event.postId === post ? [{ likes: event.counts.likes, atMs }] : [],
    );
  }

  /** Waits for the counts of a post that follow the first `seen` ones. @throws Error if none come */
  nextCounts(post: string, seen: number): Promise<{ likes: number; atMs: number }> {
    return vi.waitFor(
      () => {
        const next = this.counts(post)[seen];
        if (next === undefined) throw new Error("no counts came");
        return next;
      },
      { timeout: LOST_AFTER_MS, interval: POLL_MS },
    );
  }

  /** Waits for a post. @returns when it came, in milliseconds */
  untilPost(post: string): Promise<number> {
    return this.until("a post", (event) => event.type === "post" && event.item.post.id === post);
  }

  /** Waits for an event. @returns when it came, in milliseconds @throws Error if it does not come */
  until(what: string, is: (event: LiveEvent) => boolean): Promise<number> {
    return vi.waitFor(
      () => {
        const found = this.#events.find(({ event }) => is(event));
        if (found === undefined) throw new Error(`${what} did not come`);
        return found.atMs;
      },
      { timeout: LOST_AFTER_MS, interval: POLL_MS },
    );
  }

  close(): void {
    this.#live.close();
  }
}

/** Makes an account. @returns its client */
async function account(handle: string): Promise<Skein> {
  const { url, adminToken } = server;
  const administration = new SkeinAdministration({ url, token: adminToken });
  orThrow(await administration.importLines([{ user: { handle } }]));
  return new Skein({ url, token: orThrow(await administration.mintToken(handle)).token });
}

async function read(skein: Skein): Promise<string[]> {
  const page = orThrow(await skein.readTimeline({ order: "latest" }).page());
  return page.items.map((item) => item.post.id);
}

async function publish(skein: Skein, text: string): Promise<string> {
  return orThrow(await skein.createPost({ text })).id;
}

/** Two accounts that follow each other, and a post that both have on screen. */
async function sideBySide(name: string): Promise<{ ada: Screen; bob: Screen; post: string }> {
  const ada = await Screen.open(`ada_${name}`);
  const bob = await Screen.open(`bob_${name}`);
  for (const [who, whom] of [
    [ada, bob],
    [bob, ada],
  ] as const) {
    orThrow(await who.skein.followUser(`@${whom.handle}`));
  }
  const post = await publish(ada.skein, "look here");
  await bob.untilPost(post);
  for (const { skein } of [ada, bob]) expect(await read(skein)).toContain(post);
  return { ada, bob, post };
}

async function like(skein: Skein, post: string, active: boolean): Promise<void> {
  orThrow(await (active ? skein.likePost(post) : skein.unlikePost(post)));
}

function inWords(valuesMs: readonly number[]): string {
  const [middle, most] = [median(valuesMs), Math.max(...valuesMs)].map(Math.round);
  return `median ${middle} ms, most ${most} ms of ${valuesMs.length}`;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Expects at most one frame a second after the first like was sent. */
function expectPaced(frames: readonly { atMs: number }[], beganMs: number): void {
  const tookMs = (frames.at(-1)?.atMs ?? beganMs) - beganMs;
  expect(frames.length).toBeLessThanOrEqual(1 + Math.floor(tookMs / COUNTS_PUSH_EVERY_MS));
}

describe("live counts on two sockets", { timeout: TEST_TIMEOUT_MS }, () => {
  it("a like by one account shows on the other's screen, at most one frame a second", async () => {
    const { ada, bob, post } = await sideBySide("likes");
    const liking = new Set<Screen>();
    const [likesMs, postsMs]: [number[], number[]] = [[], []];
    const beganMs = performance.now();
    for (let n = 0; n < LIKES; n++) {
      const [liker, other] = n % 2 === 0 ? [bob, ada] : [ada, bob];
      const seen = other.counts(post).length;
      const likedMs = performance.now();
      if (liking.delete(liker)) await like(liker.skein, post, false);
      else {
        await like(liker.skein, post, true);
        liking.add(liker);
      }
      const shown = await other.nextCounts(post, seen);
      expect(shown.likes).toBe(liking.size);
      likesMs.push(shown.atMs - likedMs);

      const postedMs = performance.now();
      const yardstick = await publish(liker.skein, `number ${n}`);
      postsMs.push((await other.untilPost(yardstick)) - postedMs);
    }
    console.log(`from a like to the other screen: ${inWords(likesMs)}`);
    console.log(`from a post to the other screen: ${inWords(postsMs)}`);
    for (const screen of [ada, bob]) {
      expectPaced(screen.counts(post), beganMs);
      expect(screen.counts(post).at(-1)?.likes).toBe(liking.size);
      screen.close();
    }
    // Apart from the second that a counting job waits in its queue, a like takes the path of a post: to
    // a queue, to an object, and from there to the other account's timeline.
    const travelMs = median(likesMs) - COUNTING_WAITS_MS;
    expect(travelMs).toBeLessThan(SLOWER_THAN_A_POST_MAX * median(postsMs));
  });

  it("a burst of likes ends at the last value, with at most one frame a second", async () => {
    const { ada, bob, post } = await sideBySide("burst");
    const names = Array.from({ length: BURST }, (_, n) => `liker_${n}`);
    const likers = await Promise.all(names.map(account));
    const beganMs = performance.now();
    for (const [n, liker] of likers.entries()) {
      // The first like shows before the others arrive, so that their frame has to wait a second.
      if (n === 1) await ada.nextCounts(post, 0);
      await like(liker, post, true);
    }
    for (const screen of [ada, bob]) {
      await screen.until(
        "the last value",
        (event) => event.type === "counts" && event.postId === post && event.counts.likes === BURST,
      );
      const shown = screen.counts(post);
      expectPaced(shown, beganMs);
      const likes = shown.map((counts) => counts.likes);
      expect(likes).toEqual(likes.toSorted((a, b) => a - b));
      expect(likes.length).toBeLessThan(BURST);
      screen.close();
    }
  });
});
