/** What people do while the demo runs: the rest of a trace, then made-up posts without end. */
import { setTimeout as sleep } from "node:timers/promises";
import type { NewPost, Result, Skein } from "../../client/src/skein-client.ts";
import { chatter, type Line } from "./chatter.ts";
import type { TimedAct } from "./play.ts";
import { type Random, randomFrom } from "./random.ts";
import type { MintedTokens } from "../minted-tokens.ts";
import { handleOf, type World } from "./world.ts";

const PAUSE_MIN_MS = 1_200;
const PAUSE_MAX_MS = 4_500;
/** A pause of a trace is not longer than this, because a quiet page shows nothing. */
const TRACE_PAUSE_MAX_MS = 5_000;
/** The server reports a failed post; the next one follows after a pause. */
const PAUSE_AFTER_FAILURE_MS = 5_000;

/** What it takes to act as the demo's people. */
export interface Acting {
  client: Skein;
  world: World;
  tokens: MintedTokens;
}

/** The acts of a trace, and the ids of the posts that came before them, by their numbers. */
export interface Trace {
  acts: readonly TimedAct[];
  pastIds: ReadonlyMap<number, string>;
}

/** Acts until the signal is aborted. @param trace what happens first; null for nothing */
export async function perform(
  acting: Acting,
  trace: Trace | null,
  stopped: AbortSignal,
): Promise<void> {
  const stage = new Stage(acting, stopped);
  if (trace !== null) await stage.playTrace(trace);
  await stage.chatter(randomFrom(Date.now()));
}

class Stage {
  readonly #acting: Acting;
  readonly #stopped: AbortSignal;

  constructor(acting: Acting, stopped: AbortSignal) {
    this.#acting = acting;
    this.#stopped = stopped;
  }

  async playTrace({ acts, pastIds }: Trace): Promise<void> {
    const idOf = new Map(pastIds);
    let number = idOf.size;
    for (const one of acts) {
      if (!(await this.#waits(Math.min(one.afterMs, TRACE_PAUSE_MAX_MS)))) return;
      if (one.kind === "post") {
        const parent = one.replyTo === null ? null : (idOf.get(one.replyTo) ?? null);
        const id = await this.#post(one, parent);
        if (id !== null) idOf.set(number, id);
        number++;
      } else {
        const post = idOf.get(one.post);
        if (post !== undefined) await this.#do(one.account, (skein) => skein.repostPost(post));
      }
    }
  }

  async chatter(random: Random): Promise<void> {
    const { world } = this.#acting;
    const written: (string | null)[] = [];
    for (const line of chatter(world, random)) {
      if (this.#stopped.aborted) return;
      const parent = line.replyTo === null ? null : (written[line.replyTo] ?? null);
      const id = await this.#post(line, parent);
      written.push(id);
      const pauseMs = PAUSE_MIN_MS + random.next() * (PAUSE_MAX_MS - PAUSE_MIN_MS);
      await this.#waits(id === null ? PAUSE_AFTER_FAILURE_MS : pauseMs);
    }
  }

  /** @returns the post's id, or null if it failed */
  async #post({ author, text }: Line, parent: string | null): Promise<string | null> {
    const post: NewPost = parent === null ? { text } : { text, replyTo: parent };
    const made = await this.#do(author, (skein) => skein.createPost(post));
    return made?.id ?? null;
  }

  /** Does something in an account's name. @returns null if it failed, which the server reports */
  async #do<T>(account: number, work: (skein: Skein) => Promise<Result<T>>): Promise<T | null> {
    const { client, world, tokens } = this.#acting;
    const token = await tokens.of(handleOf(world, account)).catch(() => null);
    if (token === null) return null;
    const done = await work(client.as(token));
    return done.ok ? done.value : null;
  }

  /** @returns false once the demo stops */
  #waits(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.#stopped }).catch(() => false);
  }
}
