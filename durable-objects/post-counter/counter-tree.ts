/** What a node of a counter does with the nodes below it and above it. feed/counts/counter-node.ts decides. */
import { errorText } from "../../feed/error-text.ts";
import {
  type CounterNode,
  type NodeName,
  nodeAbove,
  type NodeSum,
  numberOf,
  type Report,
} from "../../feed/counts/counter-node.ts";
import {
  COUNTER_LOOK_EVERY_MS,
  COUNTER_RETRY_MS,
  COUNTS_PUSH_EVERY_MS,
} from "../../feed/limits.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import { broadcast } from "../live/broadcast.ts";

/** The counts of the whole counter when this node last reported, and what it had reported. */
interface LastReport {
  counts: Counts;
  sum: NodeSum;
  atMs: number;
}

export class CounterTree {
  readonly #name: NodeName;
  readonly #node: CounterNode;
  readonly #env: Pick<Env, "POST_COUNTER">;
  readonly #save: () => void;
  #lastReport: LastReport | null = null;
  #lastNo = 0;
  #reporting: Promise<void> | null = null;

  /** @param save stores the node, whenever a step is done */
  constructor(name: NodeName, node: CounterNode, env: Pick<Env, "POST_COUNTER">, save: () => void) {
    this.#name = name;
    this.#node = node;
    this.#env = env;
    this.#save = save;
  }

  /** When something has to be done next; null if nothing has to be. */
  dueMs(nowMs: number): number | null {
    const { children, term } = this.#node.state;
    if (children.some(({ status }) => status !== "active")) return nowMs + COUNTER_RETRY_MS;
    const looksMs = children.length === 0 ? null : nowMs + COUNTER_LOOK_EVERY_MS;
    if (term === null || !this.#hasNews) return looksMs;
    const reportsMs = (this.#lastReport?.atMs ?? 0) + COUNTS_PUSH_EVERY_MS;
    return Math.min(reportsMs, looksMs ?? Infinity);
  }

  /** Has children adopt their tallies, takes them back from quiet ones, and empties those. */
  async upkeep(): Promise<void> {
    const quiet = this.#node.isQuiet(Date.now());
    const { children } = this.#node.state;
    await broadcast(children, {
      call: async ({ no, term, status, reportedMs }) => {
        // A child may have retired for this node, which died before it had the answer: it goes on then.
        const isSilent = status === "active" && Date.now() - reportedMs >= COUNTER_LOOK_EVERY_MS;
        if (status === "adopting" || (isSilent && !quiet)) await this.#giveTo(no, term);
        if (status === "active" && quiet) await this.#takeFrom(no, term);
        if (status === "retiring") await this.#clear(no, term);
      },
      onAnswer: () => undefined,
      // The next alarm repeats it.
      onFailure: ({ no }, error) => {
        console.warn("a node of a counter does not answer", { no, error: errorText(error) });
      },
    });
  }

  /** Reports to the node above, if there is news for it. */
  async report(): Promise<void> {
    if (this.#node.isActive && this.#hasNews) await this.reportNow();
  }

  /** Reports to the node above; concurrent callers share one report. */
  reportNow(): Promise<void> {
    this.#reporting ??= this.#report().finally(() => {
      this.#reporting = null;
    });
    return this.#reporting;
  }

  /**
   * The counts of the whole counter: at the root those of now, elsewhere those of the last second, with
   * everything that this node has.
   */
  async counts(): Promise<Counts> {
    if (nodeAbove(this.#name) === null) return this.#node.counts();
    if (Date.now() - (this.#lastReport?.atMs ?? 0) >= COUNTS_PUSH_EVERY_MS) {
      try {
        await this.reportNow();
      } catch (error) {
        console.warn("a node of a counter could not report", errorText(error));
      }
    }
    const now = this.#node.sum();
    const { counts, sum } = this.#lastReport ?? { counts: this.#node.counts(), sum: now };
    return {
      ...counts,
      likes: Math.max(0, counts.likes + now.likes - sum.likes),
      reposts: Math.max(0, counts.reposts + now.reposts - sum.reposts),
    };
  }

  get #hasNews(): boolean {
    const { likes, reposts, version } = this.#node.sum();
    const last = this.#lastReport?.sum;
    return last?.version !== version || last.likes !== likes || last.reposts !== reposts;
  }

  async #report(): Promise<void> {
    const above = nodeAbove(this.#name);
    const { term } = this.#node.state;
    if (above === null || term === null) return;
    const nowMs = Date.now();
    this.#lastNo = Math.max(this.#lastNo + 1, nowMs);
    const sum = this.#node.sum();
    const report: Report = {
      term,
      no: this.#lastNo,
      sum,
      callsPerS: this.#node.callsPerS(nowMs),
      isSplit: this.#node.isSplit,
    };
    const stub = this.#env.POST_COUNTER.getByName(above);
    const { taken, counts } = await stub.takeReport(numberOf(this.#name), report);
    if (taken) this.#lastReport = { counts, sum, atMs: nowMs };
    else if (this.#node.state.term === term) await this.#handOver(above);
  }

  /** Hands the tallies to the node above, which did not expect this node to have any. */
  async #handOver(above: NodeName): Promise<void> {
    const tallies = this.#node.retire();
    if (tallies === null) return;
    this.#save();
    const stub = this.#env.POST_COUNTER.getByName(above);
    await stub.applyTallies(tallies);
  }

  async #giveTo(no: number, term: number): Promise<void> {
    await this.#child(no).adopt(this.#node.talliesFor(no), term);
    this.#node.noteAdopted(no, term);
    this.#save();
  }

  async #takeFrom(no: number, term: number): Promise<void> {
    const tallies = await this.#child(no).retire();
    if (tallies === null) return;
    this.#node.takeBack(no, term, tallies);
    this.#save();
    await this.#clear(no, term);
  }

  async #clear(no: number, term: number): Promise<void> {
    await this.#child(no).clear();
    this.#node.noteCleared(no, term);
    this.#save();
  }

  #child(no: number) {
    return this.#env.POST_COUNTER.getByName(`${this.#name}/${no}`);
  }
}
