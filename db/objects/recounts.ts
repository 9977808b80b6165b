/**
 * Recounts in objects, one directory at a time: it lists the accounts of a bucket, and each account's rows are
 * recounted in its own object. Of an account's reactions the posts' side is brought in step; of its posts the tallies
 * are compared with the posts' side, and the counts of replies with the replies.
 */
import { and, asc, eq, sql } from "drizzle-orm";
import { type Id, idAfter, idOwner, type PostId, type UserId } from "../../feed/ids.ts";
import { RECOUNT_ACCOUNTS } from "../../feed/limits.ts";
import { listName, listParts } from "../../feed/lists.ts";
import type { ReplyTally, Tally } from "../../feed/counts/tally.ts";
import { NO_COUNTS } from "../../feed/timeline/entry.ts";
import {
  correctionOf,
  ALL_HERE,
  countReplies,
  rangeOf,
  recountTallies,
  settleReplies,
} from "../d1/recounts.ts";
import { selectTallies } from "../d1/reactions.ts";
import { posts, reactions } from "../d1/schema.ts";
import { ALL_BUCKETS, type Shard } from "../d1/shards.ts";
import type { Correction, Recounted, RecountStore } from "../store.ts";
import { mendPostSide } from "./reactions.ts";
import type { ObjectShards } from "./object-shards.ts";
import { handles } from "./schema.ts";

/** The recounted part of an account, and the number of rows that it read. */
interface Piece<T> {
  tallies: (T & { post: PostId })[];
  corrections: Correction[];
  rows: number;
  /** The account's own position of the next piece; null at its end. */
  next: string | null;
}

/** Recounts rows of an account. @param within the account's own position; empty at its beginning */
type RecountAccount<T> = (account: UserId, within: string, limit: number) => Promise<Piece<T>>;

/** A position in a directory: the owner in an account's id, and the account's own position. */
const POSITION = /^([0-9A-Z]{7})\.(.*)$/;
/** The table with the reactions that the tallies of an object count. */
const REACTORS = sql`reactors`;

export function objectRecounts(shards: ObjectShards): RecountStore {
  return {
    recountReactions: (bucket, position, limit) =>
      recountAccounts(shards, { bucket, position, limit }, async (account, within, most) => {
        const piece: Piece<Tally> = { tallies: [], corrections: [], rows: 0, next: null };
        let at: string | null = within === "" ? "actor" : within;
        while (at !== null && piece.rows < most) {
          const step: Piece<Tally> = await recountStep(shards, account, at, most - piece.rows);
          add(piece, step);
          piece.rows += step.rows;
          at = step.next;
        }
        return { ...piece, next: at };
      }),

    recountReplies: (bucket, position, limit) =>
      recountAccounts(shards, { bucket, position, limit }, (account, within, most) =>
        recountReplies(shards, account, within, most),
      ),

    async talliesOf(keys) {
      const memberOf = ({ post, bucket }: { post: PostId; bucket: number }) => ({
        list: listName("reactors", post),
        bucket,
      });
      return (await shards.byMember(keys, memberOf, selectTallies)).flat();
    },
  };
}

/** Recounts accounts of a directory, until it has read about `limit` rows. */
async function recountAccounts<T>(
  shards: ObjectShards,
  { bucket, position, limit }: { bucket: number; position: string | null; limit: number },
  recount: RecountAccount<T>,
): Promise<Recounted<T>> {
  const piece: Recounted<T> = { tallies: [], corrections: [], next: null };
  const [, owner = "", rest = ""] = POSITION.exec(position ?? "") ?? [];
  const accounts = await accountsFrom(shards, bucket, owner);
  let room = limit;
  for (const [n, account] of accounts.entries()) {
    const own = idOwner(account);
    if (room <= 0 || n === RECOUNT_ACCOUNTS) return { ...piece, next: `${own}.` };
    const some = await recount(account, own === owner ? rest : "", room);
    add(piece, some);
    room -= some.rows + 1;
    if (some.next !== null) return { ...piece, next: `${own}.${some.next}` };
  }
  return piece;
}

function add<T>(piece: Omit<Piece<T>, "rows">, some: Omit<Piece<T>, "rows">): void {
  piece.tallies.push(...some.tallies);
  piece.corrections.push(...some.corrections);
}

/** One account more than a piece has, in order of the owners in their ids. */
function accountsFrom(shards: ObjectShards, bucket: number, owner: string): Promise<UserId[]> {
  return shards.directories.inShard(bucket, async (shard) => {
    const ownerIn = sql`substr(${handles.id}, 10)`;
    const rows = await shard
      .select({ id: handles.id })
      .from(handles)
      .where(sql`${ownerIn} >= ${owner}`)
      .orderBy(asc(ownerIn))
      .limit(RECOUNT_ACCOUNTS + 1);
    return rows.map(({ id }) => id);
  });
}

/**
 * A step of an account's recount: of its own reactions (`actor`), of its posts (`posts`), or of one post whose
 * reactors are in segments (`split`). @param at the step, and within it the last key before
 */
function recountStep(
  shards: ObjectShards,
  account: UserId,
  at: string,
  limit: number,
): Promise<Piece<Tally>> {
  const [step = "", ...key] = at.split(".");
  if (step === "actor") return mendReactions(shards, account, key, limit);
  if (step === "posts") return recountPosts(shards, account, key[0] ?? "", limit);
  return recountSplit(shards, account, key[0] ?? "");
}

/** Brings the posts' side of an account's reactions in step. */
async function mendReactions(
  shards: ObjectShards,
  account: UserId,
  [kind = "", post = ""]: readonly string[],
  limit: number,
): Promise<Piece<Tally>> {
  const rows = await shards.at(account, (shard) =>
    shard
      .select()
      .from(reactions)
      .where(
        and(
          eq(reactions.actor, account),
          sql`(${reactions.kind}, ${reactions.post}) > (${kind}, ${post})`,
        ),
      )
      .orderBy(asc(reactions.kind), asc(reactions.post))
      .limit(limit),
  );
  const mended = await mendPostSide(shards, rows);
  const last = rows.at(-1);
  return {
    tallies: mended.map(({ is }) => is),
    corrections: mended.map(({ was, is }) => correctionOf(is.post, was, is)),
    rows: rows.length,
    next: rows.length < limit || last === undefined ? "posts" : `actor.${last.kind}.${last.post}`,
  };
}

/** Compares the tallies of an account's posts with the reactors that are in its own object. */
async function recountPosts(
  shards: ObjectShards,
  account: UserId,
  from: Id,
  limit: number,
): Promise<Piece<Tally>> {
  return shards.at(account, async (shard) => {
    const range = await rangeOf(shard, REACTORS, from, limit);
    const { tallies, corrections } = await recountTallies(shard, REACTORS, ALL_HERE, range);
    // Read afterwards, so that it has every list whose rows may have been leaving the object.
    const split = await splitLists(
      shard,
      tallies.map(({ post }) => listName("reactors", post)),
    );
    const isHere = ({ post }: { post: PostId }) => !split.has(listName("reactors", post));
    return {
      tallies: tallies.filter(isHere),
      corrections: corrections.filter(isHere),
      rows: tallies.length,
      next: range.end === null ? "split" : `posts.${range.end}`,
    };
  });
}

/** Compares the tallies of the next post whose reactors are in segments. */
async function recountSplit(
  shards: ObjectShards,
  account: UserId,
  after: PostId,
): Promise<Piece<Tally>> {
  const found = await shards.at(account, (shard) =>
    shard.all<{ list: string }>(sql`
      SELECT list FROM splits WHERE list > ${listName("reactors", after)} AND list < 'reactors;'
      ORDER BY list LIMIT 1`),
  );
  const [next] = found;
  if (next === undefined) return { tallies: [], corrections: [], rows: 0, next: null };
  const post = listParts(next.list).owner;
  const range = { from: post, end: idAfter(post) };
  const parts = await shards.inSegments(next.list, ALL_BUCKETS, (shard) =>
    recountTallies(shard, REACTORS, ALL_HERE, range),
  );
  const tallies = parts.flatMap((part) => part.tallies);
  return {
    tallies,
    corrections: parts.flatMap((part) => part.corrections),
    rows: tallies.length,
    next: `split.${post}`,
  };
}

/** Compares the counts of replies of an account's posts with the replies. */
async function recountReplies(
  shards: ObjectShards,
  account: UserId,
  after: PostId,
  limit: number,
): Promise<Piece<ReplyTally>> {
  const { here, apart, rows, next } = await shards.at(account, async (shard) => {
    const { counted, next: end } = await countReplies(shard, ALL_HERE, after, limit);
    const split = await splitLists(
      shard,
      counted.map(({ post }) => listName("replies", post)),
    );
    const isSplit = ({ post }: { post: PostId }) => split.has(listName("replies", post));
    const settled = await settleReplies(
      shard,
      ALL_HERE,
      counted.filter((row) => !isSplit(row)),
    );
    return { here: settled, apart: counted.filter(isSplit), rows: counted.length, next: end };
  });
  const piece: Piece<ReplyTally> = { ...here, rows, next };
  for (const { post, was, version } of apart) {
    const counts = await shards.inSegments(listName("replies", post), ALL_BUCKETS, (shard) =>
      settleSegment(shard, post),
    );
    const is = counts.reduce((sum, { n }) => sum + n, 0);
    // A segment sends its count to the post's object; until it is there, the counter's is no worse.
    if (is === was) piece.tallies.push({ post, replies: is, version });
    if (counts.some(({ changed }) => changed)) {
      piece.corrections.push({
        post,
        what: "replies",
        was: { ...NO_COUNTS, replies: was },
        is: { ...NO_COUNTS, replies: is },
      });
    }
  }
  return piece;
}

/** Makes a segment's count of replies agree with its rows. */
async function settleSegment(shard: Shard, post: PostId): Promise<{ n: number; changed: boolean }> {
  const counted = sql`(SELECT count(*) FROM replies WHERE parent = ${post})`;
  const [{ meta }, [row]] = await shard.batch([
    shard
      .update(posts)
      .set({ replies: counted })
      .where(and(eq(posts.id, post), sql`${posts.replies} <> ${counted}`)),
    shard.select({ n: posts.replies }).from(posts).where(eq(posts.id, post)),
  ]);
  return { n: row?.n ?? 0, changed: meta.changes > 0 };
}

/** Which of these lists an object has split. */
async function splitLists(shard: Shard, lists: readonly string[]): Promise<Set<string>> {
  const names = JSON.stringify([...new Set(lists)]);
  const rows = await shard.all<{ list: string }>(sql`
    SELECT list FROM splits WHERE list IN (SELECT value FROM json_each(${names}))`);
  return new Set(rows.map(({ list }) => list));
}
