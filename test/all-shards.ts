/** What a store has in all of its shards together. The Worker itself never asks all at once. */
import type { DeadLetter, DueJobStore, Store } from "../db/store.ts";
import type { Job } from "../feed/delivery/jobs.ts";

/** The number of outbox rows, due or not. */
export function waitingJobs(store: Store): Promise<number> {
  const dueJobs = dueJobsOf(store);
  return sumOver(store, (shard) => dueJobs.waiting(shard));
}

/** Takes the due jobs of each shard: up to `limit` of each, oldest first in each. */
export async function takeDueJobs(
  store: Store,
  nowMs: number,
  restMs: number,
  limit: number,
): Promise<Job[]> {
  const dueJobs = dueJobsOf(store);
  return (await inEach(store, (shard) => dueJobs.takeDue(shard, nowMs, restMs, limit))).flat();
}

/** The number of dead letters. */
export function countLetters(store: Store): Promise<number> {
  return sumOver(store, (shard) => store.deadLetters.count(shard));
}

/** Dead letters, oldest first: up to `limit` of each shard. */
export async function listLetters(store: Store, limit: number): Promise<DeadLetter[]> {
  const found = await inEach(store, (shard) => store.deadLetters.list(shard, null, limit));
  return found.flat().sort((a, b) => (a.id < b.id ? -1 : 1));
}

function inEach<T>(store: Store, read: (shard: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: store.shards }, (_, shard) => read(shard)));
}

async function sumOver(store: Store, count: (shard: number) => Promise<number>): Promise<number> {
  return (await inEach(store, count)).reduce((sum, n) => sum + n, 0);
}

/** The due jobs of owners that send them by themselves, as tests take them instead. */
let ofOwners: DueJobStore | null = null;

/** Lets tests take the due jobs of a store whose owners send them by themselves. */
export function takeFromOwners(dueJobs: DueJobStore): void {
  ofOwners = dueJobs;
}

function dueJobsOf(store: Store): DueJobStore {
  const dueJobs = store.dueJobs ?? ofOwners;
  if (dueJobs === null) throw new Error("tests can't take the due jobs of this store");
  return dueJobs;
}
