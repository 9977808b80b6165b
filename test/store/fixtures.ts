/** Test data for stores: ids never repeat, and the test sets the times. */
import type { Edge, NewAccount, NewPost, Store } from "../../db/store.ts";
import {
  bucketOfHandle,
  type Id,
  idOfOwner,
  idOwner,
  makeId,
  type UserId,
} from "../../feed/ids.ts";
import type { FanoutJob } from "../../feed/delivery/jobs.ts";
import { takeDueJobs } from "../all-shards.ts";

let made = 0;

/** The start of the tests' time; long ago, so that no time of a test is in the future. */
export const T0_MS = Date.UTC(2026, 0, 1);

/** A new id of nobody in particular. */
export function newId(bucket = 0, ms = T0_MS): Id {
  return makeId(ms, bucket, made++);
}

/** The milliseconds in which owners have ids. */
const idsOf = new Map<string, Set<number>>();

/** A new id of something that an account owns, made at `ms` or, if it has one of then, soon after. */
export function idOf(owner: Id, ms = T0_MS): Id {
  const known = idsOf.get(idOwner(owner)) ?? new Set();
  idsOf.set(idOwner(owner), known);
  let free = ms;
  while (known.has(free)) free++;
  known.add(free);
  return idOfOwner(owner, free);
}

export function newAccount(handle = `user_${made}`): NewAccount {
  const id = newId(bucketOfHandle(handle));
  return { id, handle, name: handle.toUpperCase(), passwordHash: null };
}

/** Creates accounts in the store; a few of them already spread over several shards. */
export async function accounts(store: Store, count: number): Promise<UserId[]> {
  const some = Array.from({ length: count }, () => newAccount());
  await store.accounts.importAll(some);
  return some.map((account) => account.id);
}

/** Creates two accounts in the store. */
export async function pair(store: Store): Promise<{ follower: UserId; followee: UserId }> {
  const [follower = "", followee = ""] = await accounts(store, 2);
  return { follower, followee };
}

/** A post of an author, `atMs` after `T0_MS`. */
export function newPost(author: UserId, atMs = 0, replyTo: NewPost["replyTo"] = null): NewPost {
  return { id: idOf(author, T0_MS + atMs), author, text: `at ${atMs}`, replyTo };
}

/** A job of an account. */
export function jobOf(owner: UserId, ms = T0_MS): FanoutJob {
  return jobWithId(idOf(owner, ms));
}

/** A job of some account in this bucket. */
export function newJob(bucket = 0, ms = T0_MS): FanoutJob {
  return jobWithId(newId(bucket, ms));
}

function jobWithId(id: Id): FanoutJob {
  return {
    v: 1,
    kind: "fanout",
    id,
    part: 0,
    attempt: 0,
    author: id,
    range: [0, 1023],
    change: { kind: "remove", id },
  };
}

/** Writes both sides of an edge, as a follow and its job do. */
export async function follow(
  store: Store,
  edge: { follower: UserId; followee: UserId; following?: boolean; nowMs: number },
  awakeMs = edge.nowMs,
): Promise<Edge> {
  const job = jobOf(edge.follower);
  const written = await store.graph.setEdge({ following: true, ...edge }, job);
  await store.graph.applyEdges([written], awakeMs);
  return written;
}

/** The counts of an account's followers, followees and posts; undefined without an account. */
export async function countsOf(store: Store, user: UserId) {
  return (await store.accounts.byIds([user])).get(user)?.counts;
}

/** The ids of all jobs in the outbox, due or not, oldest first. */
export async function allJobs(store: Store): Promise<Id[]> {
  const jobs = await takeDueJobs(store, Number.MAX_SAFE_INTEGER, 0, 10_000);
  return jobs.map((job) => job.id).sort();
}
