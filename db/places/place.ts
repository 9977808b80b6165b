/**
 * A place of the store: a database, or the objects, with the rows of some buckets. It refuses what concerns another
 * bucket, so a caller whose map is out of date looks again instead of reading or writing the wrong rows.
 */
import type { Id, PostId, UserId } from "../../feed/ids.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import type { Located, PlaceName } from "../../feed/placement.ts";
import type { AuthorQuery } from "../../feed/timeline/merge.ts";
import type { PostBody } from "../../feed/timeline/entry.ts";
import type { ArchiveRow } from "../archives.ts";
import type { RowKey, RowPage, Rows, Table } from "../rows.ts";
import type { GraphStore, PostStore, ReactionStore, RepostRow, Store } from "../store.ts";

/**
 * A place refused a call, because it does not hold a bucket, or takes no writes to it now. Nothing was done, or what
 * a repeated call finds done.
 */
export class Moved extends Error {
  override readonly name = "Moved";
  /** How many new rows an import had made before it was refused. */
  readonly made: number;

  constructor(message: string, { cause, made = 0 }: { cause?: unknown; made?: number } = {}) {
    super(message, { cause });
    this.made = made;
  }
}

/**
 * What a place may know of a bucket, in the order of the numbers that are stored, from 1. `here`: reads and writes.
 * `leaving`: the same, while the place notes what is written. `fenced`: reads, and writes only once the fence has
 * expired. `away` and `arriving`: nothing.
 */
export const HOLDING_STATES = ["here", "leaving", "fenced", "away", "arriving"] as const;
export type HoldingState = (typeof HOLDING_STATES)[number];

/** What a place knows of a bucket. */
export interface Holding {
  bucket: number;
  state: HoldingState;
  /** Where it is going, has gone, or comes from; null while it is here to stay. */
  other: PlaceName | null;
  /** Of a bucket that is here: its version. Of one that is away or arriving: the version that it has or will have there. */
  version: number;
}

/** Where a bucket is, according to one place. */
export function locatedBy(place: PlaceName, holding: Holding): Located {
  const { bucket, state, other, version } = holding;
  if (state === "away") return { bucket, place: other ?? place, version };
  if (state === "arriving") return { bucket, place: other ?? place, version: version - 1 };
  return { bucket, place, version };
}

/** What a place holds. */
export interface Holdings {
  /** All that the place knows of buckets. */
  all(): Promise<Holding[]>;
  /** Takes buckets that the place knows nothing of as its own; others stay as they are. */
  claim(buckets: readonly number[]): Promise<void>;
  /** Remembers over how many places the store was spread at first, unless one is remembered. @returns the remembered one */
  settle(spread: number): Promise<number>;
  /** Ids of some accounts that are here. */
  someAccounts(limit: number): Promise<UserId[]>;
  /** Takes an arriving bucket, whose former place has let it go. Does nothing if it has another state or version. */
  open(bucket: number, version: number): Promise<void>;
}

/** A row of posts beside its author's card, of an author here. */
export interface AuthorRows {
  rows: ArchiveRow[];
  queries: readonly AuthorQuery[];
  /** The id down to which all of the authors' rows were read; null if each was read by itself. */
  scannedTo: Id | null;
}

/** The newest reposts that one place has found, and the originals that it left out. */
export interface NewestRead {
  reposts: { post: PostId; id: Id }[];
  unread: PostId[];
}

/**
 * The store as far as one place is concerned: every method is about owners here. What the rows of several owners
 * take part in comes in parts.
 */
export interface PlaceStore extends Omit<Store, "graph" | "posts" | "reactions"> {
  graph: Omit<GraphStore, "wake"> & {
    /** Notes that an account's timeline is about to be rebuilt. @returns whether the account is active */
    wakeAccount(user: UserId, nowMs: number): Promise<boolean>;
    /** Starts delivery from accounts here to a follower anywhere. */
    wakeEdges(user: UserId, followees: readonly UserId[], nowMs: number): Promise<void>;
  };
  posts: Omit<PostStore, "byAuthors"> & {
    /** Reads what `byAuthors` makes slices of; the originals of reposts may be elsewhere. */
    rowsOf(
      queries: readonly AuthorQuery[],
      span: { downTo: Id; limit: number; maxRows?: number },
    ): Promise<AuthorRows[]>;
  };
  reactions: Omit<ReactionStore, "eraseReposts" | "newestReposts"> & {
    /** Deletes entries of reposts by accounts here, with the jobs of their deletion. */
    eraseEntries(reposts: readonly RepostRow[], jobs: readonly Job[]): Promise<void>;
    /** Takes reposts off the side of a post here. */
    forgetReposts(post: PostId, reposts: readonly RepostRow[]): Promise<void>;
    /** The same as in the store, by authors here. */
    newestBy(
      originals: readonly Pick<PostBody, "id" | "counts">[],
      authors: readonly UserId[],
      bounds: { top: Id; maxRows: number },
    ): Promise<NewestRead[]>;
  };
}

/** A row that was written while its bucket was leaving. */
export interface Change {
  seq: number;
  table: Table;
  key: RowKey;
}

/** A place as the mover uses it: its runs, its rows, and the keys that are written while buckets leave. */
export type MovablePlace = RunPlace & RowPlace & NotingPlace;

/**
 * Moves of buckets into and out of a place. The mover has a run, which `begin` makes the only one: a step of an earlier run that
 * is still on its way throws `RunEnded` instead of writing.
 */
export interface RunPlace {
  /** Makes a run the only one that may move rows into or out of this place. */
  begin(run: string): Promise<void>;
  /** Reads what the mover of this place has to do next; null if nothing. */
  progress(): Promise<string | null>;
  setProgress(run: string, progress: string | null): Promise<void>;
  /** Lets buckets that are here leave for another place each; notes begin. Those that leave already go where this says. */
  leave(run: string, moves: readonly { bucket: number; to: PlaceName }[]): Promise<void>;
  /** Prepares for buckets that will be here; those that are here or arrive already are left alone. */
  expect(
    run: string,
    buckets: readonly { bucket: number; from: PlaceName; version: number }[],
  ): Promise<void>;
  /** Refuses writes to a leaving bucket for a while. */
  fence(run: string, bucket: number, forMs: number): Promise<void>;
  /** Lets a leaving or fenced bucket go, unless a change is noted that was not forgotten. @returns whether it is away */
  release(run: string, bucket: number): Promise<boolean>;
}

/** The rows of a place, as the mover reads and writes them. */
export interface RowPlace {
  /** Reads rows of some buckets, whatever their state, piece by piece. */
  read<T extends Table>(
    table: T,
    cursor: string | null,
    buckets: readonly number[],
  ): Promise<RowPage<T>>;
  /** Reads those rows that exist. */
  pick<T extends Table>(table: T, keys: readonly RowKey[]): Promise<Rows[T][]>;
  /** Writes rows of arriving buckets over what is there. */
  put<T extends Table>(run: string, table: T, rows: readonly Rows[T][]): Promise<void>;
  /** Deletes rows of buckets that are arriving or away. */
  drop(run: string, table: Table, keys: readonly RowKey[]): Promise<void>;
}

/** The changes of leaving buckets. */
export interface NotingPlace {
  /** Reads the oldest changes of leaving buckets. @param bucket null for all */
  changes(bucket: number | null, limit: number): Promise<Change[]>;
  /** Adds changes, for rows that must be copied once more. */
  note(run: string, table: Table, keys: readonly RowKey[]): Promise<void>;
  forget(run: string, changes: readonly Change[]): Promise<void>;
}

/** Another run of the mover has begun. */
export class RunEnded extends Error {
  override readonly name = "RunEnded";
}

/** A place with all its sides. */
export interface StorePlace {
  name: PlaceName;
  store: PlaceStore;
  /** Null if the place holds all buckets, always. */
  holdings: Holdings | null;
  /** Null if no rows move into or out of the place. */
  mover: MovablePlace | null;
}
