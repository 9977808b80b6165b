/** Conformance of a store: the outbox, and the dead letters. */
import { beforeEach, expect, it } from "vitest";
import type { DeadLetter, Store } from "../../db/store.ts";
import { type Id, idBucket, idTimeMs } from "../../feed/ids.ts";
import type { Job } from "../../feed/delivery/jobs.ts";
import { OUTBOX_DUE_MS } from "../../feed/limits.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, jobOf, newId, newJob, newPost, T0_MS } from "./fixtures.ts";
import { countLetters, listLetters, takeDueJobs, waitingJobs } from "../all-shards.ts";

const REST_MS = 1_000;
const ALL = 1_000;

function keysOf(jobs: readonly Job[]) {
  return jobs.map(({ id, part }) => ({ id, part }));
}

function newLetter(bucket: number, atMs: number): DeadLetter {
  const id = newId(bucket, T0_MS + atMs);
  return { id, reason: `at ${atMs}`, body: newJob(bucket) };
}

export function jobConformance(makeStore: MakeStore): void {
  let store: Store;
  beforeEach(async () => {
    store = await makeStore();
  });

  const due = async (nowMs: number, limit = ALL): Promise<Id[]> =>
    (await takeDueJobs(store, nowMs, REST_MS, limit)).map((job) => job.id);

  it("takeDue returns a job once it is due, and again only after its rest", async () => {
    const [soon, late] = [newJob(0), newJob(1)];
    await store.outbox.put([soon], T0_MS);
    await store.outbox.put([late], T0_MS + 500);
    expect(await due(T0_MS - 1)).toEqual([]);
    expect(await due(T0_MS)).toEqual([soon.id]);
    expect(await due(T0_MS + REST_MS - 1)).toEqual([late.id]);
    expect(await due(T0_MS + REST_MS)).toEqual([soon.id]);
    expect(await waitingJobs(store)).toBe(2);
  });

  it("takeDue returns a job exactly as it was put", async () => {
    const job: Job = { ...newJob(7), part: 3, attempt: 2, only: [newId(), newId()] };
    await store.outbox.put([job], T0_MS);
    expect(await takeDueJobs(store, T0_MS, REST_MS, ALL)).toEqual([job]);
  });

  it("takeDue returns the oldest jobs of an account first, up to the limit", async () => {
    const [owner = ""] = await accounts(store, 1);
    const jobs = [3, 1, 4, 0, 2].map((atMs) => jobOf(owner, T0_MS + atMs));
    await store.outbox.put(jobs, T0_MS);
    const byAge = jobs.map((job) => job.id).sort();
    expect(await due(T0_MS, 2)).toEqual(byAge.slice(0, 2));
    expect(await due(T0_MS, 2)).toEqual(byAge.slice(2, 4));
    expect(await due(T0_MS, 2)).toEqual(byAge.slice(4));
    expect(await due(T0_MS, 2)).toEqual([]);
  });

  it("parts of one job are separate rows, and putting a part again replaces its row", async () => {
    const [first, second] = [newJob(5), newJob(5)];
    const parts = [first, { ...first, part: 1 }, second];
    await store.outbox.put(parts, T0_MS);
    const again = { ...first, attempt: 1 };
    await store.outbox.put([again], T0_MS + 500);
    expect(await waitingJobs(store)).toBe(3);
    const [part, other] = await takeDueJobs(store, T0_MS, REST_MS, ALL);
    expect([part, other]).toEqual([parts[1], second]);
    expect(await takeDueJobs(store, T0_MS + 500, REST_MS, ALL)).toEqual([again]);
    await store.outbox.done([{ id: first.id, part: 1 }]);
    expect(await waitingJobs(store)).toBe(2);
  });

  it("takeDue returns hundreds of jobs from all shards, and done deletes their rows", async () => {
    const jobs = Array.from({ length: 300 }, (_, n) => newJob(n));
    await store.outbox.put(jobs, T0_MS);
    expect((await due(T0_MS)).sort()).toEqual(jobs.map((job) => job.id).sort());
    await store.outbox.done(keysOf(jobs.slice(0, 299)));
    await store.outbox.done(keysOf(jobs.slice(0, 299)));
    await store.outbox.done([]);
    expect(await waitingJobs(store)).toBe(1);
  });

  it("a published post's job is due only OUTBOX_DUE_MS later, because its message is on its way", async () => {
    const [author = ""] = await accounts(store, 1);
    const job = newJob(3);
    await store.posts.publish(newPost(author), [job], null);
    const sentMs = idTimeMs(job.id);
    expect(await due(sentMs + OUTBOX_DUE_MS - 1)).toEqual([]);
    expect(await due(sentMs + OUTBOX_DUE_MS)).toEqual([job.id]);
  });

  it("dead letters of any form are kept unchanged, each once", async () => {
    const letters = [
      newLetter(0, 0),
      { id: newId(1), reason: "unknown form", body: { v: 9, kind: "of tomorrow", deep: [1, "é"] } },
      { id: newId(2), reason: "no object", body: null },
      { id: newId(3), reason: "text", body: "garbage" },
    ];
    await store.deadLetters.keep(letters);
    await store.deadLetters.keep(letters);
    await store.deadLetters.keep([]);
    expect(await countLetters(store)).toBe(4);
    const kept = await listLetters(store, ALL);
    expect(kept).toEqual([...letters].sort((a, b) => (a.id < b.id ? -1 : 1)));
  });

  it("a hundred jobs of 120 KB are put, taken, kept as dead letters and listed", async () => {
    const jobs = Array.from({ length: 100 }, (_, n): Job => {
      const id = newId(0, T0_MS + n);
      const line = `${n}`.padEnd(120_000, n % 2 === 0 ? '"' : "é");
      return { v: 1, kind: "served", id, part: 0, attempt: 0, viewer: id, line };
    });
    await store.outbox.put(jobs, T0_MS);
    const taken: Job[] = [];
    while (taken.length < jobs.length) {
      const some = await takeDueJobs(store, T0_MS, REST_MS, ALL);
      expect(some.length).toBeGreaterThan(0);
      taken.push(...some);
    }
    expect(taken.map(({ id }) => id)).toEqual(jobs.map(({ id }) => id));
    expect(taken[1]).toEqual(jobs[1]);
    expect(await due(T0_MS)).toEqual([]);
    const letters = jobs.map((body) => ({ id: body.id, reason: "large", body }));
    await store.deadLetters.keep(letters);
    const listed = await listLetters(store, 90);
    expect(listed.map(({ id }) => id)).toEqual(letters.slice(0, 90).map(({ id }) => id));
    expect(await store.deadLetters.list(0, listed.at(-1)?.id ?? null, 90)).toHaveLength(10);
  });

  it("dead letters of a shard are listed oldest first on pages, and removed ones are gone", async () => {
    const letters = Array.from({ length: 150 }, (_, n) => newLetter(n, n));
    await store.deadLetters.keep(letters);
    const ids: Id[] = [];
    for (let shard = 0; shard < store.shards; shard++) {
      const wanted = letters
        .map(({ id }) => id)
        .filter((id) => idBucket(id) % store.shards === shard);
      const listed: Id[] = [];
      for (let page = 0; page < 3; page++) {
        const some = await store.deadLetters.list(shard, listed.at(-1) ?? null, 60);
        listed.push(...some.map((letter) => letter.id));
      }
      expect(listed).toEqual(wanted);
      expect(await store.deadLetters.count(shard)).toBe(wanted.length);
      ids.push(...listed);
    }
    expect(ids).toHaveLength(letters.length);
    await store.deadLetters.remove(ids.slice(10));
    await store.deadLetters.remove(ids.slice(10));
    await store.deadLetters.remove([]);
    expect(await countLetters(store)).toBe(10);
  });
}

/** Conformance of a store whose shards have the jobs of many accounts. */
export function shardJobConformance(makeStore: MakeStore): void {
  it("the due jobs of a shard are taken and counted apart from those of others", async () => {
    const store = await makeStore();
    const jobs = Array.from({ length: store.shards + 1 }, (_, n) => newJob(n));
    await store.outbox.put(jobs, T0_MS);
    for (let shard = 0; shard < store.shards; shard++) {
      const here = jobs.filter(({ id }) => idBucket(id) % store.shards === shard);
      expect(await store.dueJobs?.waiting(shard)).toBe(here.length);
      expect(await store.dueJobs?.takeDue(shard, T0_MS, REST_MS, ALL)).toEqual(here);
      expect(await store.dueJobs?.takeDue(shard, T0_MS, REST_MS, ALL)).toEqual([]);
    }
  });
}
