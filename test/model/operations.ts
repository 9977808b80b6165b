/** The operations on a Skein, and a generator that draws the next ones. */
import type { ImportLine } from "../../client/src/wire.ts";
import type { Chance } from "./chance.ts";
import type { Model, ModelPost } from "./model.ts";

/** A fault that a world can cause, such as an eviction; each world lists its own. */
export interface Trouble {
  name: string;
  /** How often the fault happens, in proportion to `WEIGHTS`. */
  weight: number;
  /** Whether the fault may happen while other operations run. */
  concurrent: boolean;
  /** Whether the account's timeline may miss changes until everything has settled. */
  delaysTimeline: boolean;
  /**
   * @param chance drawn from before the first await, so that a seed always draws the same
   * @param handle the account that the fault affects, if it affects one
   */
  cause(chance: Chance, handle: string): Promise<void>;
}

export type Operation =
  | { kind: "join"; handle: string }
  | { kind: "import"; lines: ImportLine[] }
  /** `readAfter` are the sizes of the pages that the follower reads right after the change. */
  | { kind: "follow"; follower: string; followee: string; following: boolean; readAfter: number[] }
  | { kind: "post"; author: string; text: string; parent: ModelPost | null }
  | { kind: "delete"; post: ModelPost }
  | { kind: "read"; viewer: string; limits: number[] }
  | { kind: "trouble"; trouble: Trouble; handle: string };

type Kind = Exclude<Operation["kind"], "trouble"> | "reply" | "unfollow";

const WEIGHTS: readonly [Kind, number][] = [
  ["post", 30],
  ["reply", 14],
  ["delete", 10],
  ["follow", 14],
  ["unfollow", 7],
  ["read", 12],
  ["import", 2],
  ["join", 1],
];
/** Sizes of pages: the default (20), the largest (100), and a few that divide neither. */
const PAGE_SIZES = [3, 7, 20, 50, 100] as const;
/** Most replies and deletes pick one of this many newest posts, because people see those on screen. */
const RECENT_POSTS = 30;
/** The last edges that changed. The generator changes them back, and their followers read more often. */
const RECENT_EDGES = 6;
const IMPORTED_FOLLOWS_MAX = 12;
/** The probability of a scene: a batch around one follower and one followee. */
const SCENE_PROBABILITY = 0.04;
/** Pages of a read that scrolls to the beginning of history, or nearly. */
const SCROLL_PAGES_MAX = 60;

/** How large a world may grow. */
export interface Bounds {
  accounts: number;
}

export class Operations {
  readonly #model: Model;
  readonly #chance: Chance;
  readonly #bounds: Bounds;
  readonly #weighted: readonly (Kind | Trouble)[];
  /** The account whose timeline a fault delays, until the generator draws a follow for it. */
  #delayed: string | null = null;
  /** Prepared batches; `batch` returns them first. */
  readonly #prepared: Operation[][] = [];
  /** The edges that changed last, newest first. */
  #edges: { follower: string; followee: string }[] = [];
  #made = 0;

  constructor(model: Model, chance: Chance, troubles: readonly Trouble[], bounds: Bounds) {
    this.#model = model;
    this.#chance = chance;
    this.#bounds = bounds;
    this.#weighted = [
      ...WEIGHTS.flatMap(([kind, weight]) => Array.from({ length: weight }, () => kind)),
      ...troubles.flatMap((trouble) => Array.from({ length: trouble.weight }, () => trouble)),
    ];
  }

  /** The first accounts, each of which follows a few of the others. */
  genesis(accounts: number, followees: number): Operation {
    const handles = Array.from({ length: accounts }, () => this.#newHandle());
    const follows = handles.flatMap((follower) =>
      this.#chance
        .shuffle(handles)
        .slice(0, this.#chance.below(2 * followees))
        .map((followee): ImportLine => ({ follow: [follower, followee] })),
    );
    return { kind: "import", lines: [...handles.map((handle) => userLine(handle)), ...follows] };
  }

  /** Up to `count` operations that may run concurrently: their order makes no difference. */
  batch(count: number): Operation[] {
    const prepared = this.#prepared.pop();
    if (prepared !== undefined) return prepared;
    if (this.#chance.happens(SCENE_PROBABILITY)) {
      const scene = this.#scene();
      if (scene !== null) return scene;
    }
    const batch: Operation[] = [];
    for (let n = 0; n < count; n++) {
      const operation = this.#next();
      if (count === 1 || fits(operation, batch)) batch.push(operation);
    }
    return batch;
  }

  /**
   * The most likely place to lose a post: an account follows and reads while its followee posts and
   * messages arrive, right after a fault of the follower's timeline.
   */
  #scene(): Operation[] | null {
    const edge = this.#drawEdge(true);
    if (edge.follower === edge.followee) return null;
    const { follower, followee } = edge;
    const read = { kind: "read" as const, viewer: follower, limits: this.#pages(1) };
    const troubles = this.#weighted.filter((drawn) => typeof drawn !== "string");
    const concurrent = troubles.filter((trouble) => trouble.concurrent);
    const before = troubles.filter((trouble) => !trouble.concurrent && !trouble.delaysTimeline);
    const cause = (from: readonly Trouble[]): Operation[] =>
      from.length === 0
        ? []
        : [{ kind: "trouble", trouble: this.#chance.pick(from), handle: follower }];
    const post = (): Operation => this.#make("post", followee) ?? read;
    this.#prepared.push([
      ...cause(concurrent),
      { kind: "follow", ...edge, following: true, readAfter: this.#pages(3) },
      ...[post(), read, post(), read, post()],
    ]);
    return cause(before);
  }

  #next(): Operation {
    for (;;) {
      const drawn = this.#chance.pick(this.#weighted);
      const operation = typeof drawn === "string" ? this.#make(drawn) : this.#makeTrouble(drawn);
      if (operation !== null) return operation;
    }
  }

  #makeTrouble(trouble: Trouble): Operation {
    const handle = this.#anyone();
    if (trouble.delaysTimeline) this.#delayed = handle;
    return { kind: "trouble", trouble, handle };
  }

  /** An operation of a kind; null if the model has nothing to apply it to. */
  #make(kind: Kind, author = this.#author()): Operation | null {
    const chance = this.#chance;
    switch (kind) {
      case "join":
        return this.#isFull() ? null : { kind, handle: this.#newHandle() };
      case "import":
        return { kind, lines: this.#importLines() };
      case "follow":
      case "unfollow":
        return this.#makeFollow(kind === "follow");
      case "post":
        return { kind, author, text: this.#text(), parent: null };
      case "reply": {
        const parent = this.#somePost();
        if (parent === null) return null;
        // People often reply to their own posts.
        const replier = chance.happens(0.3) ? parent.author : this.#anyone();
        return { kind: "post", author: replier, text: this.#text(), parent };
      }
      case "delete": {
        const post = this.#postOfChangedEdge() ?? this.#somePost();
        return post === null ? null : { kind, post };
      }
      case "read": {
        const pages = chance.happens(0.1) ? SCROLL_PAGES_MAX : 1 + chance.below(3);
        return { kind, viewer: this.#reader(), limits: this.#pages(pages) };
      }
    }
  }

  #makeFollow(following: boolean): Operation | null {
    const edge = this.#drawEdge(following);
    if (edge.follower === edge.followee) return null;
    this.#edges = [edge, ...this.#edges].slice(0, RECENT_EDGES);
    return { kind: "follow", ...edge, following, readAfter: this.#pages(this.#chance.below(5)) };
  }

  /** An account that follows nobody, perhaps a new one; any account if every one follows somebody. */
  #newcomer(): string {
    const { handles } = this.#model;
    const alone = handles.filter((handle) => this.#model.followees(handle).length === 0);
    return this.#chance.pick(alone.length > 0 ? alone : handles);
  }

  #drawEdge(following: boolean): { follower: string; followee: string } {
    const reversible = this.#edges.filter(
      ({ follower, followee }) => this.#model.follows(follower, followee) !== following,
    );
    if (reversible.length > 0 && this.#chance.happens(0.4)) return this.#chance.pick(reversible);
    const chosen = this.#delayed ?? (this.#chance.happens(0.15) ? this.#newcomer() : null);
    this.#delayed = null;
    const follower = chosen ?? this.#anyone();
    const followees = this.#model.followees(follower);
    // A few unfollows change nothing.
    const unfollows = !following && followees.length > 0 && this.#chance.happens(0.9);
    return { follower, followee: unfollows ? this.#chance.pick(followees) : this.#author() };
  }

  #importLines(): ImportLine[] {
    const users = this.#isFull() || this.#chance.happens(0.5) ? [] : [this.#newHandle()];
    if (this.#chance.happens(0.5)) users.push(this.#anyone());
    const all = [...this.#model.handles, ...users];
    const follows = Array.from(
      { length: 1 + this.#chance.below(IMPORTED_FOLLOWS_MAX) },
      // Some edges exist already, and some name the same account twice.
      (): ImportLine => ({ follow: [this.#chance.pick(all), this.#chance.pick(all)] }),
    );
    return [...users.map((handle) => userLine(handle)), ...follows];
  }

  #pages(count: number): number[] {
    return Array.from({ length: count }, () => this.#chance.pick(PAGE_SIZES));
  }

  #isFull(): boolean {
    return this.#model.handles.length >= this.#bounds.accounts;
  }

  #newHandle(): string {
    return `user_${(this.#made++).toString().padStart(3, "0")}`;
  }

  #text(): string {
    return `text ${this.#made++}`;
  }

  #anyone(): string {
    return this.#chance.pick(this.#model.handles);
  }

  /** Accounts that have just followed somebody, or follow nobody, read more often than others. */
  #reader(): string {
    const recent = this.#edges.map((edge) => edge.follower);
    if (recent.length > 0 && this.#chance.happens(0.4)) return this.#chance.pick(recent);
    return this.#chance.happens(0.3) ? this.#newcomer() : this.#anyone();
  }

  /** A few accounts write often, most write little. */
  #author(): string {
    const { handles } = this.#model;
    return this.#chance.pick(handles.slice(0, 1 + this.#chance.below(handles.length)));
  }

  /** Sometimes a post of an account that was just followed or unfollowed; null otherwise. */
  #postOfChangedEdge(): ModelPost | null {
    if (this.#edges.length === 0 || this.#chance.happens(0.7)) return null;
    const author = this.#chance.pick(this.#edges).followee;
    const posts = [...this.#model.posts.values()].filter((post) => post.author === author);
    return posts.length === 0 ? null : this.#chance.pick(posts.slice(-RECENT_POSTS));
  }

  #somePost(): ModelPost | null {
    const posts = [...this.#model.posts.values()];
    const some = this.#chance.happens(0.6) ? posts.slice(-RECENT_POSTS) : posts;
    return some.length === 0 ? null : this.#chance.pick(some);
  }
}

/** An endless sequence of page sizes for a scroll. */
export function* pageSizes(chance: Chance): Generator<number, never> {
  for (;;) yield chance.pick(PAGE_SIZES);
}

function userLine(handle: string): ImportLine {
  return { user: { handle } };
}

/** Whether an operation can run concurrently with others and leave their results the same. */
function fits(operation: Operation, others: readonly Operation[]): boolean {
  if (operation.kind === "trouble" && !operation.trouble.concurrent) return false;
  const claims = new Set(others.flatMap((other) => claimsOf(other)));
  return !claimsOf(operation).some((claim) => claims.has(claim));
}

/** What an operation needs exclusively. */
function claimsOf(operation: Operation): string[] {
  switch (operation.kind) {
    case "follow":
      return [edgeOf(operation.follower, operation.followee)];
    case "import":
      return operation.lines.flatMap((line) => {
        if ("user" in line) return [`@${line.user.handle}`];
        return "follow" in line ? [edgeOf(...line.follow)] : [];
      });
    case "join":
      return [`@${operation.handle}`];
    case "delete":
      return [operation.post.id];
    case "post":
      return operation.parent === null ? [] : [operation.parent.id];
    case "read":
    case "trouble":
      return [];
  }
}

function edgeOf(follower: string, followee: string): string {
  return `@${follower} follows @${followee}`;
}
