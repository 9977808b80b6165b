/** Reconciliation: compares counts with their reactions, and corrects them. */
import pMap from "p-map";
import type { Correction } from "../../db/store.ts";
import type { Counts } from "../../feed/timeline/entry.ts";
import type { PostId } from "../../feed/ids.ts";
import { FANOUT_CONCURRENCY, RECOUNT_PAGE } from "../../feed/limits.ts";
import {
  NONE_NEWER,
  type NewerTallies,
  type PartOfTallies,
  tallyAlone,
} from "../../feed/counts/tally.ts";
import type { Deps } from "../deps.ts";

/** The phases of a shard's recount, in this order. */
const PHASES = ["reactions", "replies"] as const;

/** The position of a reconciliation: a piece of one shard. */
export interface RecountPosition {
  shard: number;
  phase: (typeof PHASES)[number];
  /** The store's own position within the phase; null at its beginning. */
  within: string | null;
}

/** The result of one step of a reconciliation. */
export interface Recount {
  /** The posts whose counts of replies were checked: every post has its turn once. */
  checked: number;
  corrected: Correction[];
  /** The position of the next step, as a cursor; null when all shards have been checked. */
  next: string | null;
}

const CURSOR = /^(\d{1,4})\.(reactions|replies)\.([\w.]{0,60})$/;

/** Reads a cursor of a reconciliation; null if it is not one. @param shards how many there are */
export function decodeRecount(cursor: string, shards: number): RecountPosition | null {
  const [, shard, name, within] = CURSOR.exec(cursor) ?? [];
  const phase = PHASES.find((one) => one === name);
  if (phase === undefined || Number(shard) >= shards) return null;
  return { shard: Number(shard), phase, within: within === "" ? null : (within ?? null) };
}

function encodeRecount({ shard, phase, within }: RecountPosition): string {
  return [shard, phase, within ?? ""].join(".");
}

/**
 * Checks a piece of one shard: tallies against reactions, or counts of replies against replies, and in
 * both cases the posts' counters against them.
 * @param position null for the first piece
 * @throws StoreUnavailable, ObjectUnavailable
 */
export async function recount(deps: Deps, position: RecountPosition | null): Promise<Recount> {
  const at = position ?? { shard: 0, phase: "reactions", within: null };
  const { parts, checked, corrections, next } =
    at.phase === "reactions" ? await recountReactions(deps, at) : await recountReplies(deps, at);
  const corrected = [...corrections, ...(await correctCounters(deps, parts))];
  const following = next === null ? beginningAfter(deps, at) : { ...at, within: next };
  return { checked, corrected, next: following === null ? null : encodeRecount(following) };
}

function beginningAfter(deps: Deps, { shard, phase }: RecountPosition): RecountPosition | null {
  if (phase === "reactions") return { shard, phase: "replies", within: null };
  if (shard + 1 >= deps.store.shards) return null;
  return { shard: shard + 1, phase: "reactions", within: null };
}

/** The tallies of a piece, by post. */
type Parts = ReadonlyMap<PostId, PartOfTallies>;

async function recountReactions(deps: Deps, { shard, within }: RecountPosition) {
  const { recounts } = deps.store;
  const piece = await recounts.recountReactions(shard, within, RECOUNT_PAGE);
  const byPost = Map.groupBy(piece.tallies, (tally) => tally.post);
  const parts = [...byPost].map(
    ([post, some]) => [post, { buckets: some.map(tallyAlone), replies: null }] as const,
  );
  const { corrections, next } = piece;
  return { parts: new Map<PostId, PartOfTallies>(parts), checked: 0, corrections, next };
}

async function recountReplies(deps: Deps, { shard, within }: RecountPosition) {
  const piece = await deps.store.recounts.recountReplies(shard, within, RECOUNT_PAGE);
  const parts = piece.tallies.map(
    ({ post, replies, version }) => [post, { buckets: [], replies: { replies, version } }] as const,
  );
  const { corrections, next } = piece;
  const checked = piece.tallies.length;
  return { parts: new Map<PostId, PartOfTallies>(parts), checked, corrections, next };
}

/** Makes counters agree with tallies of the store. @returns the corrections */
async function correctCounters(deps: Deps, parts: Parts): Promise<Correction[]> {
  const first = await pMap(
    parts,
    async ([post, part]) => {
      const outcome = await correctCounter(deps, post, part, NONE_NEWER);
      return { post, ...outcome };
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  const ahead = first.filter(({ newer }) => newer.buckets.length > 0 || newer.replies !== null);
  const reread = await readAgain(deps, ahead);
  const last = new Map<PostId, Counts>(first.map(({ post, is }) => [post, is]));
  await pMap(
    ahead,
    async ({ post, newer }) => {
      const part = reread.get(post);
      if (part === undefined) return;
      last.set(post, (await correctCounter(deps, post, part, newer)).is);
    },
    { concurrency: FANOUT_CONCURRENCY },
  );
  return first.flatMap(({ post, was, is: then }): Correction[] => {
    const is = last.get(post) ?? then;
    return same(was, is) ? [] : [{ post, what: "counter", was, is }];
  });
}

async function correctCounter(deps: Deps, post: PostId, part: PartOfTallies, newer: NewerTallies) {
  return deps.counters.correct(post, part, newer);
}

/**
 * Reads tallies once more that counters had newer versions of. A reaction of this moment explains that; if
 * the store is still behind, it was restored from a backup.
 */
async function readAgain(
  deps: Deps,
  ahead: readonly { post: PostId; newer: NewerTallies }[],
): Promise<Map<PostId, PartOfTallies>> {
  if (ahead.length === 0) return new Map();
  const { reactions, recounts } = deps.store;
  const keys = ahead.flatMap(({ post, newer }) =>
    newer.buckets.map(({ bucket }) => ({ post, bucket })),
  );
  const posts = ahead.filter(({ newer }) => newer.replies !== null).map(({ post }) => post);
  const [tallies, replies] = await Promise.all([
    keys.length === 0 ? [] : recounts.talliesOf(keys),
    reactions.replyTallies(posts),
  ]);
  const buckets = Map.groupBy(tallies, (tally) => tally.post);
  return new Map(
    ahead.map(({ post }) => [
      post,
      {
        buckets: (buckets.get(post) ?? []).map(tallyAlone),
        replies: replies.get(post) ?? null,
      },
    ]),
  );
}

function same(a: Counts, b: Counts): boolean {
  return a.likes === b.likes && a.reposts === b.reposts && a.replies === b.replies;
}
