import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FANOUT_BATCH } from "../../scripts/scale/calibration.ts";
import platform from "../../scripts/scale/data/platform.json" with { type: "json" };
import { created, original } from "../../test/entries.ts";
import { groupByRecipient, planParts, queueOf, retryDelayS, retryOf } from "./fanout.ts";
import { makeId } from "../ids.ts";
import type { FanoutJob } from "./jobs.ts";
import {
  BUCKETS,
  DELIVERY_CONCURRENCY,
  FOLLOWERS_PER_PART,
  JOB_RETRY_BASE_S,
  JOB_RETRY_MAX_S,
} from "../limits.ts";

const author = makeId(1, 5, 0);

function jobOf(n: number): FanoutJob {
  const id = makeId(n + 10, 5, n);
  const change = created(original({ id, author }));
  return { v: 1, kind: "fanout", id, part: 0, attempt: 0, author, range: [0, 1023], change };
}

describe("parts", () => {
  it("cover every bucket exactly once, however many followers there are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000_000 }), (followers) => {
        const covered = planParts(followers).flatMap(([from, to]) =>
          Array.from({ length: to - from + 1 }, (_, index) => from + index),
        );
        expect(covered).toEqual(Array.from({ length: BUCKETS }, (_, bucket) => bucket));
      }),
    );
  });

  it("hold some hundreds of followers each, and one part serves nobody too", () => {
    const sizes = [0, 1, FOLLOWERS_PER_PART, FOLLOWERS_PER_PART + 1, 2_500, 10_000];
    expect(sizes.map((followers) => planParts(followers).length)).toEqual([1, 1, 1, 2, 7, 25]);
  });

  it("of an author of 9,999 awake followers are delivered within two seconds at 150 ms a call", () => {
    const parts = planParts(9_999);
    // The two queues as shipped; one consumer of each has all of its parts in one batch.
    const batches = Map.groupBy(parts.keys(), (part) => queueOf(author, part, 2));
    const waves = [...batches.values()].map((batch) =>
      Math.ceil((9_999 * (batch.length / parts.length)) / DELIVERY_CONCURRENCY),
    );
    expect(Math.max(...waves) * 150).toBeLessThan(2_000);
  });

  it("of a full batch take no more calls than an invocation may make", () => {
    expect(FANOUT_BATCH * FOLLOWERS_PER_PART).toBeLessThan(0.9 * platform.limits.subrequests.value);
  });

  it("of one author take turns on all queues", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), (queues) => {
        const used = Array.from({ length: queues }, (_, part) => queueOf(author, part, queues));
        expect([...used].sort((a, b) => a - b)).toEqual([...used.keys()]);
      }),
    );
  });
});

describe("grouping", () => {
  it("makes one call per recipient with all changes for them, in the order of the jobs", () => {
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 9 }))), (lists) => {
        const planned = lists.map((list, n) => ({
          job: jobOf(n),
          recipients: list.map((user) => makeId(1, user, 0)),
          epoch: n,
        }));
        const grouped = groupByRecipient(planned);
        for (let user = 0; user < 10; user++) {
          const recipient = makeId(1, user, 0);
          const wanted = planned.filter(({ recipients }) => recipients.includes(recipient));
          const changes = wanted.map(({ job, epoch }) => ({ ...job.change, epoch }));
          expect(grouped.get(recipient) ?? []).toEqual(changes);
        }
      }),
    );
  });
});

describe("a retried job", () => {
  it("names only the recipients that have not answered, and counts the attempt", () => {
    const job = jobOf(1);
    expect(retryOf(job, [author], 2000)).toEqual({
      ...job,
      part: 2000,
      only: [author],
      attempt: 1,
    });
    expect(job.only).toBeUndefined();
  });

  it("waits twice as long each time, up to a bound", () => {
    const delays = Array.from({ length: 12 }, (_, attempt) => retryDelayS(attempt + 1));
    expect(delays.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => times * JOB_RETRY_BASE_S));
    expect(delays.at(-1)).toBe(JOB_RETRY_MAX_S);
    expect(delays.toSorted((a, b) => a - b)).toEqual(delays);
  });
});
