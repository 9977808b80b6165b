/**
 * A run: applies random operations to a Skein and to the model, one after the other or a few at once,
 * and compares reads with the model between them.
 */
import type { ImportReport } from "../../feed/wire-import.ts";
import type { Chance } from "./chance.ts";
import { differences, faults, isDescending } from "./compare.ts";
import { Model } from "./model.ts";
import { type Bounds, type Operation, Operations, pageSizes, type Trouble } from "./operations.ts";
import { SkeinError } from "../../client/src/errors.ts";
import type { Shown, Skein } from "./skein.ts";

/** The probability of concurrent operations, and their highest number. */
const AT_ONCE_PROBABILITY = 0.3;
const AT_ONCE_MAX = 5;
/** Concurrent scrolls of a comparison. */
const SCROLLS_AT_ONCE = 4;

export class Run {
  readonly model = new Model();
  /** The number of operations applied so far. */
  done = 0;
  readonly #skein: Skein;
  readonly #chance: Chance;
  readonly #operations: Operations;
  /** Accounts whose timelines may miss changes that only a sweep delivers. */
  readonly #outOfStep = new Set<string>();

  constructor(skein: Skein, chance: Chance, troubles: readonly Trouble[], bounds: Bounds) {
    this.#skein = skein;
    this.#chance = chance;
    this.#operations = new Operations(this.model, chance.fork(), troubles, bounds);
  }

  /** Creates the first accounts and follows. */
  async begin(accounts: number, followees: number): Promise<void> {
    await this.#doAll([this.#operations.genesis(accounts, followees)]);
  }

  /** Applies `count` more operations. @throws Error if a read shows what the model does not allow */
  async go(count: number): Promise<void> {
    const end = this.done + count;
    while (this.done < end) {
      const atOnce = this.#chance.happens(AT_ONCE_PROBABILITY);
      const size = atOnce ? 2 + this.#chance.below(AT_ONCE_MAX - 1) : 1;
      await this.#doAll(this.#operations.batch(size));
    }
  }

  /** Call it once every message has arrived and every object knows its owner's followees. */
  settle(): void {
    this.model.settle();
    this.#outOfStep.clear();
  }

  /** The differences between full scrolls of these accounts and the model; empty if there are none. */
  async compare(viewers: readonly string[] = this.model.handles): Promise<string[]> {
    const errors: string[] = [];
    const waiting = viewers.map((viewer) => ({ viewer, limits: pageSizes(this.#chance.fork()) }));
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { viewer, limits } = next;
        const shown = await this.#skein.scroll(viewer, limits);
        const differing = differences(shown.items, this.model.timeline(viewer));
        errors.push(...differing.map((text) => `@${viewer}: ${text}`));
      }
    };
    await Promise.all(Array.from({ length: SCROLLS_AT_ONCE }, work));
    return errors;
  }

  /** Accounts and posts whose counts differ from the model's; empty if there are none. */
  async compareCounts(): Promise<string[]> {
    const errors: string[] = [];
    for (const handle of this.model.handles) {
      const { counts } = await this.#skein.user(handle, handle);
      const expected = this.model.counts(handle);
      const actual = JSON.stringify(counts);
      if (actual === JSON.stringify(expected)) continue;
      errors.push(`@${handle} counts ${actual}, not ${JSON.stringify(expected)}`);
    }
    for (const id of this.model.answered) {
      if (!this.model.posts.has(id)) continue;
      const { count, newest } = await this.#skein.replies(id);
      const expected = this.model.replies(id);
      const same = count === expected.length && newest.join() === expected.slice(0, 100).join();
      if (!same)
        errors.push(`${id} has ${count} replies, ${newest.join()}; not ${expected.join()}`);
    }
    return errors;
  }

  /** A few accounts, drawn at random. */
  some(count: number): string[] {
    return this.#chance.shuffle(this.model.handles).slice(0, count);
  }

  /** The length of each account's timeline. */
  lengths(): number[] {
    return this.model.handles.map((handle) => this.model.timeline(handle).length);
  }

  async #doAll(batch: readonly Operation[]): Promise<void> {
    // The model changes only after all operations of the batch: a concurrent read may show the state
    // before or after them, so only its order is checked.
    const updates = await Promise.all(
      batch.map((operation) => this.#do(operation, batch.length > 1)),
    );
    for (const update of updates) update();
    this.done += batch.length;
    for (const operation of batch) {
      if (operation.kind !== "follow" || operation.readAfter.length === 0) continue;
      await this.#read({ viewer: operation.follower, limits: operation.readAfter }, false);
    }
  }

  /** Applies an operation to Skein. @returns the update of the model */
  async #do(operation: Operation, concurrent: boolean): Promise<() => void> {
    const { model } = this;
    const skein = this.#skein;
    switch (operation.kind) {
      case "join":
        await skein.join(operation.handle);
        return () => model.join(operation.handle);
      case "import": {
        const { report, ended } = await skein.import(operation.lines);
        return () => this.#checkImport(operation, report, ended);
      }
      case "follow":
        return this.#follow(operation);
      case "post": {
        const { author, text, parent } = operation;
        const id = await skein.post(author, text, parent?.id ?? null);
        const replyTo = parent && { id: parent.id, author: parent.author };
        return () => model.publish({ id, author, text, replyTo });
      }
      case "delete":
        await skein.remove(operation.post.author, operation.post.id);
        return () => model.remove(operation.post.id);
      case "read":
        await this.#read(operation, concurrent);
        return () => undefined;
      case "trouble":
        if (operation.trouble.delaysTimeline) this.#outOfStep.add(operation.handle);
        await operation.trouble.cause(this.#chance, operation.handle);
        return () => undefined;
    }
  }

  /** Applies a follow. One that was answered 503 may be stored or not, so this reads which. */
  async #follow(edge: Extract<Operation, { kind: "follow" }>): Promise<() => void> {
    const { follower, followee, following } = edge;
    try {
      await this.#skein.follow(follower, followee, following);
      return () => this.model.follow(follower, followee, following);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      this.#outOfStep.add(follower);
      const { viewer } = await this.#skein.user(followee, follower);
      return () => this.model.follow(follower, followee, viewer?.following === true);
    }
  }

  #checkImport(
    { lines }: Extract<Operation, { kind: "import" }>,
    report: ImportReport,
    ended: boolean,
  ): void {
    const expected = this.model.import(lines);
    if (!ended) {
      for (const line of lines) if ("follow" in line) this.#outOfStep.add(line.follow[0]);
      return;
    }
    if (JSON.stringify(report) === JSON.stringify(expected)) return;
    throw new Error(
      `an import reports ${JSON.stringify(report)}, not ${JSON.stringify(expected)}, ` +
        `after ${this.done} operations`,
    );
  }

  async #read(
    { viewer, limits }: { viewer: string; limits: readonly number[] },
    concurrent: boolean,
  ): Promise<void> {
    let shown: Shown;
    try {
      shown = await this.#skein.scroll(viewer, limits);
    } catch (error) {
      if (isUnavailable(error)) return;
      throw error;
    }
    const isVague = concurrent || this.#outOfStep.has(viewer);
    const errors = isVague ? [] : faults(shown, this.model.tolerance(viewer));
    if (!isDescending(shown.items)) errors.push("items are out of order");
    if (errors.length === 0) return;
    throw new Error(
      `a read by @${viewer} after ${this.done} operations: ${errors.join("; ")}; pages of ${limits
        .slice(0, 10)
        .join()}`,
    );
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof SkeinError && error.status === 503;
}
