/** One stage of a load run: operations begin at their times, and their answers and posts are measured. */
import { setTimeout as sleep } from "node:timers/promises";
import { SkeinError } from "../../client/src/errors.ts";
import type { Random } from "../demo/random.ts";
import { atTheirTimes } from "./arrivals.ts";
import type { Posted } from "./check.ts";
import type { Member } from "./crowd.ts";
import type { Operation } from "./mix.ts";
import type { Requests } from "./requests.ts";
import { Stats, type Way } from "./stats.ts";

/** An operation of a member that is due at a time. */
export interface Arrival {
  atMs: number;
  operation: Operation;
  member: Member;
}

/** More operations than this under way at once are not begun: this machine would measure itself. */
const IN_FLIGHT_MAX = 4_000;
/** The share of posts that a follower looks for by reading, and how often and how long. */
const READ_SHARE = 0.1;
const READ_EVERY_MS = 100;
const READ_UNTIL_MS = 30_000;
const LIVE_LINE_EVERY_MS = 1_000;

export class Stage {
  readonly stats = new Stats();
  readonly posted: Posted[] = [];
  readonly #requests: Requests;
  readonly #random: Random;
  readonly #pulled: ReadonlySet<Member>;
  /** When a post was due, by id, and frames that came before the answer with the id. */
  readonly #postedAtMs = new Map<string, { dueMs: number; author: Member }>();
  readonly #early = new Map<string, number[]>();
  readonly #work = new Set<Promise<void>>();
  #made = 0;

  /** @param pulled the members whose posts followers pull */
  constructor(requests: Requests, random: Random, pulled: ReadonlySet<Member>) {
    this.#requests = requests;
    this.#random = random;
    this.#pulled = pulled;
  }

  /**
   * Runs the stage, and waits for its answers.
   * @returns the seconds until the last operation was begun, and until the last was answered
   */
  async run(
    arrivals: readonly Arrival[],
    stopped: () => boolean,
  ): Promise<{ beginningS: number; wholeS: number }> {
    const startMs = performance.now();
    const line = setInterval(() => this.#showLine(startMs), LIVE_LINE_EVERY_MS);
    await atTheirTimes(arrivals, (arrival, dueMs) => this.#begin(arrival, dueMs), stopped);
    const beginningS = (performance.now() - startMs) / 1000;
    while (this.#work.size > 0) await Promise.all(this.#work);
    const wholeS = (performance.now() - startMs) / 1000;
    clearInterval(line);
    this.#showLine(startMs);
    if (process.stdout.isTTY) process.stdout.write("\n");
    return { beginningS, wholeS };
  }

  /** Notes that a follower's socket has brought a post. */
  onPost(_follower: Member, postId: string): void {
    const nowMs = performance.now();
    const post = this.#postedAtMs.get(postId);
    if (post === undefined) {
      const times = this.#early.get(postId) ?? [];
      this.#early.set(postId, [...times, nowMs]);
    } else this.stats.seen(this.#way(post.author, "socket"), nowMs - post.dueMs);
  }

  #begin(arrival: Arrival, dueMs: number): void {
    this.stats.begun++;
    if (this.stats.inFlight >= IN_FLIGHT_MAX) {
      this.stats.failed(arrival.operation, "not begun");
      return;
    }
    this.stats.inFlight++;
    const work = this.#do(arrival, dueMs).finally(() => {
      this.stats.inFlight--;
      this.#work.delete(work);
    });
    this.#work.add(work);
  }

  async #do({ operation, member }: Arrival, dueMs: number): Promise<void> {
    try {
      if (operation === "post") await this.#post(member, dueMs);
      else await this.#requests.run(operation, member);
      this.stats.done(operation, performance.now() - dueMs);
    } catch (error) {
      if (!(error instanceof SkeinError)) throw error;
      this.stats.failed(operation, error.code);
    }
  }

  async #post(author: Member, dueMs: number): Promise<void> {
    const id = await this.#requests.post(author, `a post of a load run, number ${this.#made++}`);
    this.posted.push({ id, author });
    this.#postedAtMs.set(id, { dueMs, author });
    for (const seenMs of this.#early.get(id) ?? []) {
      this.stats.seen(this.#way(author, "socket"), seenMs - dueMs);
    }
    this.#early.delete(id);
    const readers = author.followers.filter(({ signedIn }) => signedIn);
    if (readers.length === 0 || !this.#random.chance(READ_SHARE)) return;
    const looking = this.#look(this.#random.pick(readers), id, author, dueMs);
    this.#work.add(looking);
    void looking.finally(() => this.#work.delete(looking));
  }

  /** Reads a follower's timeline until it shows a post. */
  async #look(follower: Member, id: string, author: Member, dueMs: number): Promise<void> {
    while (performance.now() - dueMs < READ_UNTIL_MS) {
      const ids = await this.#requests.newest(follower, 50).catch((): string[] => []);
      if (ids.includes(id)) {
        this.stats.seen(this.#way(author, "read"), performance.now() - dueMs);
        return;
      }
      await sleep(READ_EVERY_MS);
    }
  }

  #way(author: Member, by: "socket" | "read"): Way {
    return `${this.#pulled.has(author) ? "pulled" : "pushed"}, ${by}`;
  }

  #showLine(startMs: number): void {
    const { begun, answered, errors, inFlight } = this.stats;
    const seconds = (performance.now() - startMs) / 1000;
    const p99 = this.stats.quantile(0.99);
    const text =
      `${seconds.toFixed(0)} s: ${begun} begun, ${answered} answered, ${errors} errors, ` +
      `${inFlight} under way, p99 ${p99 === null ? "-" : Math.round(p99)} ms`;
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${text}` : `${text}\n`);
  }
}
