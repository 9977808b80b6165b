/** One viewer, for a training log from events: their impressions and their actions. */
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { PostId, UserId } from "../../feed/ids.ts";
import { leftOf, type Velocity, quicken } from "../../feed/counts/velocity.ts";
import type { PublishedCounts } from "../../feed/counts/published-counts.ts";
import {
  type EngagementDelta,
  engage,
  type Engagement,
  NO_ENGAGEMENT,
} from "../../feed/rank/engagement.ts";
import {
  contentsOf,
  engageContents,
  lookedAgain,
  NO_CONTENTS,
  type SeenBefore,
  type ViewerFacts,
} from "../../feed/rank/facts.ts";
import type { LoggedItem } from "../../feed/rank/training-log.ts";

/** The actions of a viewer on a post. */
export type Kind = "liked" | "reposted" | "replied";

/**
 * How far an action may be from its impression, before or after it, because impressions are reported
 * when they end. A more distant action happened elsewhere, and is only a fact about the viewer.
 */
const BELONGS_MS = 30 * 60 * 1000;

const COUNTS = { liked: "likes", reposted: "reposts", replied: "replies" } as const;

interface Look {
  item: LoggedItem;
  atMs: number;
}

export class Reader {
  readonly #id: UserId;
  #overall: Engagement = NO_ENGAGEMENT;
  #contents: ViewerFacts["contents"] = NO_CONTENTS;
  readonly #authors = new Map<UserId, Engagement>();
  readonly #seen = new Map<PostId, SeenBefore>();
  readonly #looks = new Map<PostId, Look>();
  /** The viewer's active actions on each post, with their times. */
  readonly #done = new Map<PostId, Map<Kind, number>>();

  constructor(id: UserId) {
    this.#id = id;
  }

  /** Records that the viewer begins or undoes an action on a post. */
  react(post: PostId, kind: Kind, active: boolean, atMs: number): void {
    const done = this.#done.get(post) ?? new Map<Kind, number>();
    this.#done.set(post, done);
    if (active) done.set(kind, atMs);
    else done.delete(kind);
    const look = this.#looks.get(post);
    if (look === undefined || atMs - look.atMs > BELONGS_MS) return;
    look.item.did[kind] = active;
    if (active) this.#engage(look.item, { [COUNTS[kind]]: 1 }, atMs);
  }

  /** The counts and the velocity of a post, without the actions that belong to an impression at `atMs`. */
  countsBefore({ id, counts }: PostBody, velocity: Velocity, atMs: number): PublishedCounts {
    const before = { ...counts };
    let own = 0;
    for (const [kind, doneMs] of this.#early(id, atMs)) {
      before[COUNTS[kind]]--;
      own += leftOf(doneMs, atMs);
    }
    return { counts: before, velocity: quicken(velocity, -own, atMs) };
  }

  /** The viewer's actions on a post before an impression at `atMs`. */
  reactions(post: PostId, atMs: number): { liked: boolean; reposted: boolean } {
    const early = this.#early(post, atMs);
    const had = (kind: Kind) => this.#done.get(post)?.has(kind) === true && !early.has(kind);
    return { liked: had("liked"), reposted: had("reposted") };
  }

  seen(post: PostId): SeenBefore | null {
    return this.#seen.get(post) ?? null;
  }

  facts(authors: readonly UserId[]): ViewerFacts {
    const known = authors.flatMap((author): [UserId, Engagement][] => {
      const engagement = this.#authors.get(author);
      return engagement === undefined ? [] : [[author, engagement]];
    });
    return {
      id: this.#id,
      overall: this.#overall,
      contents: this.#contents,
      authors: Object.fromEntries(known),
    };
  }

  /** Records an impression of an item, and adds the earlier actions that belong to it. */
  look(item: LoggedItem, atMs: number): void {
    const { post, did } = item;
    const delta: EngagementDelta = { seen: 1, dwellMs: did.dwellMs, opens: Number(did.opened) };
    for (const kind of this.#early(post, atMs).keys()) {
      did[kind] = true;
      delta[COUNTS[kind]] = 1;
    }
    this.#engage(item, delta, atMs);
    this.#seen.set(post, lookedAgain(this.#seen.get(post), did));
    this.#looks.set(post, { item, atMs });
  }

  /** The actions before the first impression of a post that belong to it, with their times. */
  #early(post: PostId, atMs: number): Map<Kind, number> {
    if (this.#looks.has(post)) return new Map();
    const done = [...(this.#done.get(post) ?? [])];
    return new Map(done.filter(([, doneMs]) => atMs - doneMs <= BELONGS_MS));
  }

  #engage(item: LoggedItem, delta: EngagementDelta, atMs: number): void {
    this.#overall = engage(this.#overall, delta, atMs);
    this.#contents = engageContents(this.#contents, contentsOf(item), delta, atMs);
    const before = this.#authors.get(item.author) ?? NO_ENGAGEMENT;
    this.#authors.set(item.author, engage(before, delta, atMs));
  }
}
