/**
 * A run: random operations done to a Skein and to the model alike, one after the other or a few at
 * once, with reads held against the model on the way.
 */
import type { ImportReport } from "../../feed/wire-import.ts";
import type { Chance } from "./chance.ts";
import { differences, faults, isDescending } from "./compare.ts";
import { Model } from "./model.ts";
import { type Bounds, type Operation, Operations, pageSizes, type Trouble } from "./operations.ts";
import { Refused, type Shown, type Skein } from "./skein.ts";

/** How often some operations happen at once, and how many at most. */
const AT_ONCE_PROBABILITY = 0.3;
const AT_ONCE_MAX = 5;
/** Scrolls under way at once in a comparison. */
const SCROLLS_AT_ONCE = 4;

export class Run {
  readonly model = new Model();
  /** Operations done so far. */
  done = 0;
  readonly #skein: Skein;
  readonly #chance: Chance;
  readonly #operations: Operations;
  /** Accounts whose timelines may have missed something that only a sweep brings. */
  readonly #outOfStep = new Set<string>();

  constructor(skein: Skein, chance: Chance, troubles: readonly Trouble[], bounds: Bounds) {
    this.#skein = skein;
    this.#chance = chance;
    this.#operations = new Operations(this.model, chance.fork(), troubles, bounds);
  }

  /** Makes the accounts and follows to begin with. */
  async begin(accounts: number, followees: number): Promise<void> {
    await this.#doAll([this.#operations.genesis(accounts, followees)]);
  }

  /** Does `count` operations more. @throws if a read shows what the model does not allow */
  async go(count: number): Promise<void> {
    const end = this.done + count;
    while (this.done < end) {
      const atOnce = this.#chance.happens(AT_ONCE_PROBABILITY);
      const size = atOnce ? 2 + this.#chance.below(AT_ONCE_MAX - 1) : 1;
      await this.#doAll(this.#operations.batch(size));
    }
  }

  /** Says that every message has arrived, and every object knows whom its owner follows. */
  settle(): void {
    this.model.settle();
    this.#outOfStep.clear();
  }

  /** What is wrong with full scrolls of these accounts; nothing if each equals the model's. */
  async compare(viewers: readonly string[] = this.model.handles): Promise<string[]> {
    const found: string[] = [];
    const waiting = viewers.map((viewer) => ({ viewer, limits: pageSizes(this.#chance.fork()) }));
    const work = async (): Promise<void> => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const { viewer, limits } = next;
        const shown = await this.#skein.scroll(viewer, limits);
        const wrong = differences(shown.items, this.model.timeline(viewer));
        found.push(...wrong.map((text) => `@${viewer}: ${text}`));
      }
    };
    await Promise.all(Array.from({ length: SCROLLS_AT_ONCE }, work));
    return found;
  }

  /** What is wrong with the counts of accounts and of answered posts; nothing if as the model's. */
  async compareCounts(): Promise<string[]> {
    const found: string[] = [];
    for (const handle of this.model.handles) {
      const { counts } = await this.#skein.user(handle, handle);
      const expected = this.model.counts(handle);
      const said = JSON.stringify(counts);
      if (said === JSON.stringify(expected)) continue;
      found.push(`@${handle} counts ${said}, not ${JSON.stringify(expected)}`);
    }
    for (const id of this.model.answered) {
      if (!this.model.posts.has(id)) continue;
      const { count, newest } = await this.#skein.replies(id);
      const expected = this.model.replies(id);
      const same = count === expected.length && newest.join() === expected.slice(0, 100).join();
      if (!same) found.push(`${id} has ${count} replies, ${newest.join()}; not ${expected.join()}`);
    }
    return found;
  }

  /** A few accounts, drawn. */
  some(count: number): string[] {
    return this.#chance.shuffle(this.model.handles).slice(0, count);
  }

  /** How long each account's timeline is. */
  lengths(): number[] {
    return this.model.handles.map((handle) => this.model.timeline(handle).length);
  }

  async #doAll(batch: readonly Operation[]): Promise<void> {
    // What is true afterwards is written down only when all are through: reads alongside may show
    // either, so of them no more than the order can be asked.
    const learned = await Promise.all(
      batch.map((operation) => this.#do(operation, batch.length > 1)),
    );
    for (const learn of learned) learn();
    this.done += batch.length;
    for (const operation of batch) {
      if (operation.kind !== "follow" || operation.look.length === 0) continue;
      await this.#read({ viewer: operation.follower, limits: operation.look }, false);
    }
  }

  /** Does an operation. @returns what the model learns from it */
  async #do(operation: Operation, alongside: boolean): Promise<() => void> {
    const { model } = this;
    const skein = this.#skein;
    switch (operation.kind) {
      case "join":
        await skein.join(operation.handle);
        return () => model.join(operation.handle);
      case "import": {
        const { report, ended } = await skein.import(operation.lines);
        return () => this.#learnImport(operation, report, ended);
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
        await this.#read(operation, alongside);
        return () => undefined;
      case "trouble":
        if (operation.trouble.blinds) this.#outOfStep.add(operation.handle);
        await operation.trouble.cause(this.#chance, operation.handle);
        return () => undefined;
    }
  }

  /** A follow that could not be answered is written down or not; the store says which. */
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

  #learnImport(
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
    alongside: boolean,
  ): Promise<void> {
    let shown: Shown;
    try {
      shown = await this.#skein.scroll(viewer, limits);
    } catch (error) {
      if (isUnavailable(error)) return;
      throw error;
    }
    const vague = alongside || this.#outOfStep.has(viewer);
    const wrong = vague ? [] : faults(shown, this.model.tolerance(viewer));
    if (!isDescending(shown.items)) wrong.push("items are out of order");
    if (wrong.length === 0) return;
    throw new Error(
      `a read by @${viewer} after ${this.done} operations: ${wrong.join("; ")}; pages of ${limits
        .slice(0, 10)
        .join()}`,
    );
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Refused && error.status === 503;
}
