/**
 * A hub brings news and counts to the open home timelines of one region, or of a part of it: its members. It
 * subscribes once to each author and each post that a member needs, and answers pages with the newest versions of author
 * feeds. feed/delivery/hub-ring.ts says where it is in the tree of each topic, and which hubs
 * it passes news on to.
 */
import { DurableObject } from "cloudflare:workers";
import { withinOr } from "../within.ts";
import { errorText } from "../../feed/error-text.ts";
import type { HubName } from "../../feed/delivery/hub-ring.ts";
import type {
  AuthorNews,
  AuthorSnapshot,
  JoinAnswer,
  JoinRequest,
  Notices,
  PostCounts,
  Unwanted,
} from "../../feed/delivery/notices.ts";
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import { HUB_ASK_TIMEOUT_MS, HUB_MISSED_RETRY_MS } from "../../feed/limits.ts";
import { hubStub, sendToSubscribers } from "../live/hub-calls.ts";
import { Subscribers } from "../live/subscribers.ts";
import { migrate } from "../storage/migrate.ts";
import { wakeBy } from "../storage/wake-by.ts";
import { Forwarder } from "./forwarder.ts";
import { HUB_MIGRATIONS, Members, onScreen, type Screen } from "./members.ts";
import { Topics } from "./topics.ts";

export class Hub extends DurableObject<Env> {
  readonly #members: Members;
  readonly #topics: Topics;
  /** Hubs below this one in the trees of some topics. */
  readonly #below: Subscribers;
  readonly #forwarder: Forwarder;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, HUB_MIGRATIONS);
    const { name } = ctx.id;
    if (name === undefined) throw new Error("a hub is addressed by its place in its ring");
    this.#members = new Members(ctx.storage.sql);
    this.#topics = new Topics(name, env);
    this.#below = new Subscribers(ctx.storage.sql);
    this.#forwarder = new Forwarder(name, env, this.#members, () => this.#tellMissedLater());
  }

  /** Adds a member, or renews its place. From the answer on it gets every change of its authors. */
  async join(user: UserId, { authors, sinceMs, movedFrom }: JoinRequest): Promise<JoinAnswer> {
    const nowMs = Date.now();
    const added = this.#members.join(user, authors, nowMs);
    const all = await this.#topics.know(authors);
    const moved = movedFrom === null ? "unknown" : await this.#takeOver(user, movedFrom);
    const known = added !== null || moved !== "unknown";
    const failed = !all || moved === "failed";
    if (sinceMs !== null) {
      return { known, changes: this.#topics.changesSince(authors, sinceMs, nowMs), failed };
    }
    const changes = (added ?? authors).flatMap(
      (author) => this.#topics.changesSince([author], nowMs, nowMs) ?? [],
    );
    return { known, changes, failed };
  }

  /**
   * Sends a member the counts of posts that it has on screen, from now on.
   * @returns the newest counts that the hub has heard of; null if the user is no member
   */
  async watch(user: UserId, posts: readonly PostId[]): Promise<PostCounts[] | null> {
    const nowMs = Date.now();
    if (!this.#members.has(user)) return null;
    this.#members.addToScreen(user, onScreen(posts, nowMs), nowMs);
    return this.#topics.watch(posts, nowMs);
  }

  /** What a member that moves to another hub has on screen; null if it is no member. */
  screenOf(user: UserId): Screen | null {
    return this.#members.screenOf(user);
  }

  /** Ends the place of a member that has moved to another hub. */
  release(user: UserId): void {
    this.#members.remove(user, this.#members.joinsOf(user));
  }

  /** The newest versions of author feeds, of those that the hub can vouch for. */
  async versionsOf(authors: readonly UserId[]): Promise<Map<UserId, number>> {
    this.#topics.need(authors, Date.now());
    // A page does not wait long; the answers that come later serve the next one.
    const known = this.#topics.know(authors);
    await withinOr(known, { milliseconds: HUB_ASK_TIMEOUT_MS }, false);
    return this.#topics.versionsOf(authors);
  }

  /** Sends an author's news to a hub below from now on. @returns what that hub has to know first */
  attachToAuthor(hub: HubName, author: UserId): Promise<AuthorSnapshot> {
    this.#below.add(author, hub);
    return this.#topics.snapshot(author);
  }

  /** Sends a post's counts to a hub below from now on. @returns the newest ones, if they are known */
  async attachToPost(hub: HubName, post: PostId): Promise<PostCounts | null> {
    this.#below.add(post, hub);
    const [counts = null] = await this.#topics.watch([post], Date.now());
    return counts;
  }

  /**
   * Takes notices, and passes them on to hubs below and to members. It answers once they have them, so that
   * whoever sends them repeats them if this object dies before.
   * @returns topics that nobody here needs any longer
   * @throws if a hub below does not take them
   */
  async receive(notices: Notices): Promise<Unwanted> {
    const below = sendToSubscribers(this.env, this.#below, notices);
    const [toMembers] = await Promise.allSettled([this.#forward(notices), below]);
    if (toMembers.status === "rejected") throw toMembers.reason;
    await below;
    const topics = [
      ...notices.news.map(({ author }) => author),
      ...notices.counts.map(({ post }) => post),
    ];
    const unwanted = topics.filter((topic) => !this.#wants(topic, Date.now()));
    for (const topic of unwanted) this.#topics.leave(topic);
    return unwanted;
  }

  override async alarm(): Promise<void> {
    if (await this.#forwarder.tellMissed()) await this.#tellMissedLater();
  }

  async #forward({ news, counts }: Notices): Promise<void> {
    const lacked: AuthorNews[] = [];
    const missed: UserId[] = [];
    for (const one of news) {
      const found = await this.#topics.takeIn(one);
      if (found === null) missed.push(one.author);
      else lacked.push(...found);
    }
    for (const one of counts) this.#topics.noteCounts(one);
    await this.#forwarder.forward({ news: lacked, counts, missed });
  }

  #wants(topic: Id, nowMs: number): boolean {
    return (
      this.#members.followersOf(topic).size > 0 ||
      this.#members.watchersOf(topic, nowMs).length > 0 ||
      this.#topics.isNeeded(topic, nowMs) ||
      this.#below.of(topic).length > 0
    );
  }

  /** Takes over what a member has on screen, and ends its place at its former hub. */
  async #takeOver(user: UserId, from: HubName): Promise<"moved" | "unknown" | "failed"> {
    const former = hubStub(this.env, from);
    try {
      const screen = await former.screenOf(user);
      if (screen === null) return "unknown";
      const nowMs = Date.now();
      this.#members.addToScreen(user, screen, nowMs);
      await this.#topics.watch([...screen.keys()], nowMs);
      await former.release(user);
      return "moved";
    } catch (error) {
      console.warn("a member could not leave its former hub", { from, error: errorText(error) });
      return "failed";
    }
  }

  async #tellMissedLater(): Promise<void> {
    await wakeBy(this.ctx.storage, Date.now() + HUB_MISSED_RETRY_MS);
  }
}
