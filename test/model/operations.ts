/** What can be done to a Skein, and the next thing that is. */
import type { ImportLine } from "../../feed/wire-import.ts";
import type { Chance } from "./chance.ts";
import type { Model, ModelPost } from "./model.ts";

/** What goes wrong in a world; each world knows what it can make go wrong. */
export interface Trouble {
  name: string;
  /** How often it happens, beside `WEIGHTS`. */
  weight: number;
  /** Whether it may happen while other operations are under way. */
  alongside: boolean;
  /** Whether the struck account's timeline may miss changes until everything has settled. */
  blinds: boolean;
  /**
   * @param chance to be drawn from before anything is waited for, so that a seed means the same
   * @param handle the account that is struck, if it strikes one
   */
  cause(chance: Chance, handle: string): Promise<void>;
}

export type Operation =
  | { kind: "join"; handle: string }
  | { kind: "import"; lines: ImportLine[] }
  /** `look` are the pages that the follower reads at once to see what has become of it. */
  | { kind: "follow"; follower: string; followee: string; following: boolean; look: number[] }
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
/** Sizes of pages: the usual one, the largest, and some that divide nothing. */
const PAGE_SIZES = [3, 7, 20, 50, 100] as const;
/** Posts among which most replies and deletes find theirs: what people have on screen. */
const RECENT_POSTS = 30;
/** Edges that people change back, and whose followers look what has become of it. */
const RECENT_EDGES = 6;
const IMPORTED_FOLLOWS_MAX = 12;
/** How often a batch is one in which everything happens around the same two accounts. */
const SCENE_PROBABILITY = 0.04;
/** Pages of a read that goes on to the beginning of history, or nearly. */
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
  /** Who is blind to changes, until they change whom they follow. */
  #struck: string | null = null;
  /** Batches to come. */
  readonly #prepared: Operation[][] = [];
  /** Edges changed last, the newest first. */
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

  /** A world to begin with: accounts, each following a few of the others. */
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

  /** Up to `count` operations that may happen at once: the order among them makes no difference. */
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
   * Where posts get lost, if anywhere: somebody follows and reads while the followed account posts
   * and messages arrive. The follower's timeline has just been struck.
   */
  #scene(): Operation[] | null {
    const edge = this.#drawEdge(true);
    if (edge.follower === edge.followee) return null;
    const { follower, followee } = edge;
    const read = { kind: "read" as const, viewer: follower, limits: this.#pages(1) };
    const troubles = this.#weighted.filter((drawn) => typeof drawn !== "string");
    const alongside = troubles.filter((trouble) => trouble.alongside);
    const striking = troubles.filter((trouble) => !trouble.alongside && !trouble.blinds);
    const cause = (from: readonly Trouble[]): Operation[] =>
      from.length === 0
        ? []
        : [{ kind: "trouble", trouble: this.#chance.pick(from), handle: follower }];
    const post = (): Operation => this.#make("post", followee) ?? read;
    this.#prepared.push([
      ...cause(alongside),
      { kind: "follow", ...edge, following: true, look: this.#pages(3) },
      ...[post(), read, post(), read, post()],
    ]);
    return cause(striking);
  }

  #next(): Operation {
    for (;;) {
      const drawn = this.#chance.pick(this.#weighted);
      const operation = typeof drawn === "string" ? this.#make(drawn) : this.#strike(drawn);
      if (operation !== null) return operation;
    }
  }

  #strike(trouble: Trouble): Operation {
    const handle = this.#anyone();
    if (trouble.blinds) this.#struck = handle;
    return { kind: "trouble", trouble, handle };
  }

  /** Null if there is nothing that could be done that way. */
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
        // Threads of one's own are common.
        const replier = chance.happens(0.3) ? parent.author : this.#anyone();
        return { kind: "post", author: replier, text: this.#text(), parent };
      }
      case "delete": {
        const post = this.#postOfTurned() ?? this.#somePost();
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
    return { kind: "follow", ...edge, following, look: this.#pages(this.#chance.below(5)) };
  }

  /** Somebody who follows nobody, perhaps new here; whoever it is if there is no such account. */
  #newcomer(): string {
    const { handles } = this.#model;
    const alone = handles.filter((handle) => this.#model.followees(handle).length === 0);
    return this.#chance.pick(alone.length > 0 ? alone : handles);
  }

  #drawEdge(following: boolean): { follower: string; followee: string } {
    const turnable = this.#edges.filter(
      ({ follower, followee }) => this.#model.follows(follower, followee) !== following,
    );
    if (turnable.length > 0 && this.#chance.happens(0.4)) return this.#chance.pick(turnable);
    const chosen = this.#struck ?? (this.#chance.happens(0.15) ? this.#newcomer() : null);
    this.#struck = null;
    const follower = chosen ?? this.#anyone();
    const followees = this.#model.followees(follower);
    // Now and then somebody asks for what is so already.
    const unfollows = !following && followees.length > 0 && this.#chance.happens(0.9);
    return { follower, followee: unfollows ? this.#chance.pick(followees) : this.#author() };
  }

  #importLines(): ImportLine[] {
    const users = this.#isFull() || this.#chance.happens(0.5) ? [] : [this.#newHandle()];
    if (this.#chance.happens(0.5)) users.push(this.#anyone());
    const all = [...this.#model.handles, ...users];
    const follows = Array.from(
      { length: 1 + this.#chance.below(IMPORTED_FOLLOWS_MAX) },
      // Some are there already, and some name the same account twice.
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

  /** Who has just followed somebody, or is new here, looks more often than others. */
  #reader(): string {
    const recent = this.#edges.map((edge) => edge.follower);
    if (recent.length > 0 && this.#chance.happens(0.4)) return this.#chance.pick(recent);
    return this.#chance.happens(0.3) ? this.#newcomer() : this.#anyone();
  }

  /** Few write much and many write little. */
  #author(): string {
    const { handles } = this.#model;
    return this.#chance.pick(handles.slice(0, 1 + this.#chance.below(handles.length)));
  }

  /** Now and then, a post of somebody who has just been followed or unfollowed. */
  #postOfTurned(): ModelPost | null {
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

/** Page sizes for a scroll, without an end. */
export function* pageSizes(chance: Chance): Generator<number, never> {
  for (;;) yield chance.pick(PAGE_SIZES);
}

function userLine(handle: string): ImportLine {
  return { user: { handle } };
}

/** Whether an operation can happen beside others without changing what they mean. */
function fits(operation: Operation, others: readonly Operation[]): boolean {
  if (operation.kind === "trouble" && !operation.trouble.alongside) return false;
  const claims = new Set(others.flatMap((other) => claimsOf(other)));
  return !claimsOf(operation).some((claim) => claims.has(claim));
}

/** What an operation must have for itself. */
function claimsOf(operation: Operation): string[] {
  switch (operation.kind) {
    case "follow":
      return [edgeOf(operation.follower, operation.followee)];
    case "import":
      return operation.lines.map((line) =>
        "user" in line ? `@${line.user.handle}` : edgeOf(...line.follow),
      );
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
