/**
 * One post's counts, or a part of them. The object receives how many accounts of each bucket react, adds
 * them up, and publishes the counts: to hubs, for open pages, at most once a second, to KV every few
 * seconds, to the store less often. An alarm publishes the counts that are still due, so that the last value
 * is never lost. A counter that gets too many calls has nodes below it, which are objects of this class, too:
 * they report to it instead of publishing.
 */
import { errorText } from "../../feed/error-text.ts";
import { DurableObject } from "cloudflare:workers";
import { type Card, type Counts, newerCard, reactionsIn } from "../../feed/timeline/entry.ts";
import { idTimeMs } from "../../feed/ids.ts";
import { COUNTER_COLD_MS } from "../../feed/limits.ts";
import { meanPerHour, type Velocity, quicken, steadyVelocity } from "../../feed/counts/velocity.ts";
import {
  CounterNode,
  depthOf,
  type NodeName,
  nodeAbove,
  postOf,
  type Report,
} from "../../feed/counts/counter-node.ts";
import {
  type ParkedCounter,
  parkedCounterSchema,
  parkedKey,
} from "../../feed/counts/parked-counter.ts";
import {
  type NewerTallies,
  NO_TALLIES,
  type PartOfTallies,
  takeRecounted,
} from "../../feed/counts/tally.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type { PostCounts } from "../../feed/delivery/notices.ts";
import { Subscribers } from "../live/subscribers.ts";
import { migrate } from "../storage/migrate.ts";
import { wakeBy } from "../storage/wake-by.ts";
import { CounterTree } from "./counter-tree.ts";
import { CounterPublisher } from "./publisher.ts";
import { COUNTER_MIGRATIONS, CounterStore, NEW_COUNTER } from "./store.ts";

/** The answer to tallies: the counts as of now, and the children that have some of their buckets. */
export type Applied =
  | { status: "applied"; counts: Counts; moved: readonly number[] }
  /** The node takes no tallies: the caller asks the one above it. */
  | { status: "inactive" };

export class PostCounter extends DurableObject<Env> {
  readonly #store: CounterStore;
  readonly #subscribers: Subscribers;
  readonly #name: NodeName;
  readonly #post: string;
  readonly #node: CounterNode;
  readonly #tree: CounterTree;
  readonly #publisher: CounterPublisher;
  #velocity: Velocity;
  #author: Card | null;
  /** When hubs were last asked whether they still need the counts of a quiet post. */
  #askedMs = 0;
  /** Whether the object has no storage, and whether KV may have what it had. */
  #isEmpty = false;
  #mayBeParked: boolean;
  #unparking: Promise<void> | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, COUNTER_MIGRATIONS);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("a counter is addressed by its post's id");
    this.#name = name;
    this.#post = postOf(name);
    this.#store = new CounterStore(ctx.storage.sql);
    this.#subscribers = new Subscribers(ctx.storage.sql);
    const stored = this.#store.load();
    const { tallies, lastPublished, velocity, children, term, author } = stored ?? NEW_COUNTER;
    this.#mayBeParked = stored === null && this.#isOld();
    this.#node = new CounterNode(depthOf(name), { tallies, children, term });
    this.#tree = new CounterTree(name, this.#node, env, () => this.#save());
    this.#publisher = new CounterPublisher(
      this.#post,
      this.#node,
      { env, subscribers: this.#subscribers },
      lastPublished,
    );
    this.#velocity = velocity ?? this.#meanVelocity();
    this.#author = author;
  }

  /** Applies the tallies of a batch of counting jobs, but for those whose buckets a node below has. */
  async applyTallies(received: PartOfTallies): Promise<Applied> {
    if (!this.#node.isActive) return { status: "inactive" };
    await this.#unpark();
    const before = reactionsIn(this.#node.counts());
    const { changed, moved } = this.#node.apply(received, Date.now());
    const split = this.#node.splitIfBusy(Date.now());
    if (changed) this.#quickenFrom(before);
    if (changed || split) await this.#changed();
    return { status: "applied", counts: await this.#tree.counts(), moved };
  }

  /**
   * Compares some of the tallies with recounted ones, takes those that differ, and publishes them. The
   * recount does not say when the reactions came, so the velocity stays as it was; a counter without
   * tallies has none, and gets the mean over the post's life.
   * @param outdone tallies of this counter that are newer than those of the store, and wrong
   * @returns the counts before and after, and the tallies that stayed because they are newer
   */
  async correctBuckets(
    recounted: PartOfTallies,
    outdone: NewerTallies,
  ): Promise<{ was: Counts; is: Counts; newer: NewerTallies }> {
    await this.#unpark();
    const was = this.#node.counts();
    const away = this.#node.childrenOf(recounted.buckets);
    const newerBelow = await this.#correctBelow(away, outdone);
    const own = { ...recounted, buckets: away.get(null) ?? [] };
    const before = this.#node.state.tallies;
    const { tallies, newer } = takeRecounted(before, own, outdone);
    if (tallies !== before) {
      const wasEmpty = this.#node.sum().version === 0;
      this.#node.setTallies(tallies);
      if (wasEmpty) this.#velocity = this.#meanVelocity();
    }
    if (tallies !== before || newerBelow !== null) await this.#publishAgain();
    const buckets = [...newer.buckets, ...(newerBelow ?? [])];
    return { was, is: this.#node.counts(), newer: { ...newer, buckets } };
  }

  /** Publishes the author's new card beside the counts, for pages that show the post by a repost. */
  async noteAuthor(card: Card): Promise<void> {
    await this.#unpark();
    if (this.#author !== null && newerCard(this.#author, card) === this.#author) return;
    this.#author = card;
    this.#publisher.publishAgain();
    await this.#changed();
  }

  /** The counts as of now, as far as nodes below have reported. */
  async read(): Promise<Counts> {
    await this.#unpark();
    return this.#node.counts();
  }

  /**
   * Sends the counts to a hub from now on: a member of it has the post on screen.
   * @returns those of now; null if the counter knows of no reaction, or has left them in KV
   */
  attachHub(hub: HubName): PostCounts | null {
    const isEmpty = this.#mayBeParked || this.#node.sum().version === 0;
    this.#fillStorage();
    this.#subscribers.add(this.#post, hub);
    if (isEmpty) return null;
    return { post: this.#post, counts: this.#node.counts(), atMs: Date.now() };
  }

  /** As a child: takes over tallies from the node above, and takes more from now on. */
  async adopt(tallies: PartOfTallies, term: number): Promise<void> {
    this.#node.adopt(tallies, term);
    await this.#changed();
  }

  /** As a child: takes no tallies any more. @returns what it has; null if it has children itself */
  retire(): PartOfTallies | null {
    const tallies = this.#node.retire();
    this.#save();
    return tallies;
  }

  /** As a child that has retired: forgets everything. */
  async clear(): Promise<void> {
    if (this.#node.isActive) return;
    this.#node.setTallies(NO_TALLIES);
    await this.#emptyStorage();
  }

  /** Takes a child's report. @returns whether the child takes tallies, and the counts as of now */
  async takeReport(no: number, report: Report): Promise<{ taken: boolean; counts: Counts }> {
    const before = reactionsIn(this.#node.counts());
    const taken = this.#node.takeReport(no, report, Date.now());
    if (taken) {
      this.#quickenFrom(before);
      await this.#changed();
    }
    return { taken, counts: await this.#tree.counts() };
  }

  override async alarm(): Promise<void> {
    await this.#tree.upkeep();
    if (this.#isRoot)
      await this.#publisher.publish({ velocity: this.#velocity, author: this.#author });
    else await this.#tree.report();
    if (this.#coldMs() <= Date.now() && (await this.#park())) return;
    await this.#changed();
  }

  /** Has nodes below compare the tallies that they have. @returns those that stayed; null if none has any */
  async #correctBelow(
    parts: ReadonlyMap<number | null, PartOfTallies["buckets"]>,
    outdone: NewerTallies,
  ): Promise<NewerTallies["buckets"][number][] | null> {
    const below = [...parts].flatMap(([no, buckets]) => (no === null ? [] : [{ no, buckets }]));
    if (below.length === 0) return null;
    const answers = await Promise.all(
      below.map(({ no, buckets }) =>
        this.env.POST_COUNTER.getByName(`${this.#name}/${no}`).correctBuckets(
          { buckets, replies: null },
          { buckets: outdone.buckets, replies: null },
        ),
      ),
    );
    return answers.flatMap(({ newer }) => [...newer.buckets]);
  }

  async #publishAgain(): Promise<void> {
    this.#publisher.publishAgain();
    await this.#changed();
    if (!this.#isRoot) await this.#tree.reportNow();
  }

  /**
   * The velocity of reactions of unknown times: as if they had come evenly over the post's life.
   */
  #meanVelocity(): Velocity {
    const nowMs = Date.now();
    const anHour = meanPerHour(reactionsIn(this.#node.counts()), nowMs - idTimeMs(this.#post));
    return steadyVelocity(anHour, nowMs);
  }

  /** @param before how many reactions there were before some came */
  #quickenFrom(before: number): void {
    const more = reactionsIn(this.#node.counts()) - before;
    this.#velocity = quicken(this.#velocity, more, Date.now());
  }

  async #changed(): Promise<void> {
    this.#save();
    await this.#setAlarm(Date.now());
  }

  get #isRoot(): boolean {
    return nodeAbove(this.#name) === null;
  }

  /** Whether the post is so old that its counter may have been parked. */
  #isOld(): boolean {
    return this.#isRoot && idTimeMs(this.#post) < Date.now() - COUNTER_COLD_MS;
  }

  /** When the counter has been quiet for long; Infinity if something is still due. */
  #coldMs(): number {
    if (!this.#isRoot || this.#node.isSplit || this.#publisher.dueMs() !== Infinity)
      return Infinity;
    return Math.max(this.#publisher.lastMs, this.#askedMs) + COUNTER_COLD_MS;
  }

  /**
   * Moves a quiet counter to KV and empties its storage, unless somebody has the post on screen: a hub that
   * needs the counts no longer says so when it gets them once more.
   * @returns whether it is done
   */
  async #park(): Promise<boolean> {
    const { state } = this.#node;
    const { tallies } = state;
    this.#askedMs = Date.now();
    try {
      await this.#publisher.sendToHubs();
      if (this.#subscribers.of(this.#post).length > 0) return false;
      const author = this.#author ?? undefined;
      const parked: ParkedCounter = { v: 1, tallies, velocity: this.#velocity, author };
      await this.env.COUNTS.put(parkedKey(this.#post), JSON.stringify(parked));
    } catch (error) {
      console.warn("a quiet counter could not be parked", errorText(error));
      return false;
    }
    if (this.#node.state !== state || this.#subscribers.of(this.#post).length > 0) return false;
    await this.#emptyStorage();
    return true;
  }

  /** Takes back from KV what a parked counter had; the first call after it waits for that. */
  async #unpark(): Promise<void> {
    if (!this.#mayBeParked) return;
    this.#unparking ??= this.#readParked().finally(() => {
      this.#unparking = null;
    });
    await this.#unparking;
  }

  async #readParked(): Promise<void> {
    const value = await this.env.COUNTS.get<unknown>(parkedKey(this.#post), "json");
    this.#mayBeParked = false;
    if (value === null) return;
    const { tallies, velocity, author = null } = parkedCounterSchema.parse(value);
    this.#author = author;
    this.#node.setTallies(tallies);
    this.#velocity = velocity;
    this.#publisher.noteAllPublished(Date.now());
    await this.#changed();
  }

  async #emptyStorage(): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#isEmpty = true;
    this.#mayBeParked = this.#isOld();
  }

  /** Makes the tables again that an empty object has not. */
  #fillStorage(): void {
    if (!this.#isEmpty) return;
    migrate(this.ctx.storage, COUNTER_MIGRATIONS);
    this.#isEmpty = false;
  }

  #save(): void {
    this.#fillStorage();
    this.#store.save({
      ...this.#node.state,
      lastPublished: this.#publisher.lastPublished,
      velocity: this.#velocity,
      author: this.#author,
    });
  }

  /** Sets the alarm for what is due first, unless an earlier one is set. */
  async #setAlarm(nowMs: number): Promise<void> {
    const treeMs = this.#tree.dueMs(nowMs) ?? Infinity;
    const next = Math.min(
      this.#isRoot ? this.#publisher.dueMs() : Infinity,
      treeMs,
      this.#coldMs(),
    );
    if (next !== Infinity) await wakeBy(this.ctx.storage, Math.max(next, nowMs));
  }
}
