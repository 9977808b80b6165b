/** Conformance of a store: epochs of accounts that cross the celebrity threshold. */
import { beforeEach, expect, it } from "vitest";
import type { Store } from "../../db/store.ts";
import { type Id, type UserId } from "../../feed/ids.ts";
import type { ModeJob } from "../../feed/delivery/jobs.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, newId, T0_MS, idOf, jobOf } from "./fixtures.ts";
import { waitingJobs } from "../all-shards.ts";

const PARTS = 3;

export function modeConformance(makeStore: MakeStore): void {
  let store: Store;
  let author: UserId;
  beforeEach(async () => {
    store = await makeStore();
    [author = ""] = await accounts(store, 1);
  });

  /** The jobs of an epoch, which share one id. */
  function jobsOf(epoch: number): [ModeJob, ModeJob, ModeJob] {
    const id: Id = idOf(author);
    const rest = { v: 1, kind: "mode", id, attempt: 0, author, epoch } as const;
    const part = (n: number): ModeJob => ({ ...rest, part: n, range: [n * 300, n * 300 + 299] });
    return [part(0), part(1), part(2)];
  }

  async function mode() {
    const account = (await store.accounts.byIds([author])).get(author);
    return account === undefined ? null : [account.epoch, account.migrating];
  }

  it("an epoch begins once, with its jobs", async () => {
    const jobs = jobsOf(1);
    expect(await store.modes.beginEpoch(author, 0, jobs)).toBe(true);
    expect(await mode()).toEqual([1, true]);
    expect(await waitingJobs(store)).toBe(PARTS);
    expect(await store.modes.beginEpoch(author, 0, jobsOf(1))).toBe(false);
    expect(await store.modes.beginEpoch(author, 1, jobsOf(2))).toBe(false);
    expect(await store.modes.beginEpoch(newId(), 0, jobsOf(1))).toBe(false);
    expect(await mode()).toEqual([1, true]);
    expect(new Set(await allJobs(store))).toEqual(new Set([jobs[0].id]));
    expect(await waitingJobs(store)).toBe(PARTS);
  });

  it("of concurrent calls that begin an epoch, exactly one succeeds", async () => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => store.modes.beginEpoch(author, 0, jobsOf(1))),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await waitingJobs(store)).toBe(PARTS);
  });

  it("a migration ends when its last part is acknowledged, even if parts acknowledge repeatedly", async () => {
    const [first, second, third] = jobsOf(1);
    await store.modes.beginEpoch(author, 0, [first, second, third]);
    await store.outbox.put([jobOf(author)], T0_MS);
    for (const job of [second, second, first]) {
      await store.modes.acknowledgeEpoch(job);
      expect(await mode()).toEqual([1, true]);
    }
    // A retried part keeps its row.
    await store.outbox.put([{ ...third, attempt: 1 }], T0_MS);
    await store.modes.acknowledgeEpoch(first);
    expect(await mode()).toEqual([1, true]);
    await store.modes.acknowledgeEpoch(third);
    expect(await mode()).toEqual([1, false]);
    expect(await waitingJobs(store)).toBe(1);
  });

  it("a late acknowledgement of an epoch does not end the migration of the next", async () => {
    const early = jobsOf(1);
    await store.modes.beginEpoch(author, 0, early);
    for (const job of early) await store.modes.acknowledgeEpoch(job);
    const late = jobsOf(2);
    expect(await store.modes.beginEpoch(author, 1, late)).toBe(true);
    for (const job of early) await store.modes.acknowledgeEpoch(job);
    expect(await mode()).toEqual([2, true]);
    for (const job of late) await store.modes.acknowledgeEpoch(job);
    expect(await mode()).toEqual([2, false]);
  });

  it("modes are returned only for accounts that have ever been pulled", async () => {
    const [other = ""] = await accounts(store, 1);
    await store.modes.beginEpoch(author, 0, jobsOf(1));
    const edge = { follower: other, followee: author, following: true, version: T0_MS };
    await store.graph.applyEdges([edge], T0_MS);
    expect(await store.modes.modes([author, other, author, newId()])).toEqual(
      new Map([[author, { epoch: 1 }]]),
    );
    expect(await store.modes.modes([])).toEqual(new Map());
  });
}
