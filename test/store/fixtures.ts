/** What a store is filled with in its tests: ids never repeat, times are the test's. */
import type { Edge, NewAccount, NewPost, Store } from "../../db/store.ts";
import { bucketOfHandle, idBucket, type Id, makeId, type UserId } from "../../feed/ids.ts";
import type { FanoutJob } from "../../feed/delivery/jobs.ts";

let made = 0;

/** A moment from which the tests count; long ago, so that none of it is in the future. */
export const T0_MS = Date.UTC(2026, 0, 1);

/** An id that has never been before. */
export function newId(bucket = 0, ms = T0_MS): Id {
  return makeId(ms, bucket, made++);
}

export function newAccount(handle = `user_${made}`): NewAccount {
  const id = newId(bucketOfHandle(handle));
  return { id, handle, name: handle.toUpperCase(), passwordHash: null };
}

/** Accounts in the store; several of them are in different shards. */
export async function accounts(store: Store, count: number): Promise<UserId[]> {
  const some = Array.from({ length: count }, () => newAccount());
  await store.accounts.importAll(some);
  return some.map((account) => account.id);
}

/** Exactly two accounts in the store. */
export async function pair(store: Store): Promise<{ follower: UserId; followee: UserId }> {
  const [follower = "", followee = ""] = await accounts(store, 2);
  return { follower, followee };
}

/** A post of an author, `ageMs` after the beginning of time. */
export function newPost(author: UserId, atMs = 0, replyTo: NewPost["replyTo"] = null): NewPost {
  return { id: newId(idBucket(author), T0_MS + atMs), author, text: `at ${atMs}`, replyTo };
}

/** A job of whoever has this bucket. */
export function newJob(bucket = 0, ms = T0_MS): FanoutJob {
  const id = newId(bucket, ms);
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

/** Writes both sides of an edge, as following and its job do. */
export async function follow(
  store: Store,
  edge: { follower: UserId; followee: UserId; following?: boolean; nowMs: number },
  awakeMs = edge.nowMs,
): Promise<Edge> {
  const job = newJob(idBucket(edge.follower));
  const written = await store.graph.setEdge({ following: true, ...edge }, job);
  await store.graph.applyEdges([written], awakeMs);
  return written;
}

/** How many follow an account and whom it follows, as its card says. */
export async function countsOf(store: Store, user: UserId) {
  return (await store.accounts.byIds([user])).get(user)?.counts;
}

/** Every job in the outbox, without waiting for it to be due; newest first by id. */
export async function allJobs(store: Store): Promise<Id[]> {
  const jobs = await store.outbox.takeDue(Number.MAX_SAFE_INTEGER, 0, 10_000);
  return jobs.map((job) => job.id).sort();
}
