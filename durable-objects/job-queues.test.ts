import { expect, it } from "vitest";
import { makeId } from "../feed/ids.ts";
import type { Job } from "../feed/delivery/jobs.ts";
import { JobQueues } from "./job-queues.ts";
import { eraseJob, fanoutJobs, replyJob, tallyJob } from "../feed/delivery/new-jobs.ts";

const [id, post] = [makeId(1, 2, 3), makeId(4, 5, 6)];
const account = {
  ...{ id, handle: "ada", name: "Ada", passwordHash: null },
  counts: { followers: 1, following: 0, posts: 0 },
  ...{ epoch: 0, migrating: false },
};
const jobs: Job[] = [
  ...fanoutJobs(account, id, { kind: "remove", id: post }),
  eraseJob(id, 1, post),
  tallyJob(id, 2, { actor: id, kind: "like", post: { id: post } }),
  replyJob(id, 3, post, post),
  { v: 1, kind: "impressions", id, part: 2 ** 33, attempt: 0, viewer: id, items: [] },
];

/** A queue that records the kinds of the jobs it is sent. */
function recording(kinds: string[]): Queue {
  const answer = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  return {
    send: () => Promise.reject(new Error("jobs are sent in batches")),
    sendBatch: (messages) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- jobs alone are sent here
      kinds.push(...[...messages].map(({ body }) => (body as Job).kind));
      return Promise.resolve(answer);
    },
    metrics: () => Promise.resolve({ backlogCount: 0, backlogBytes: 0 }),
  };
}

it("counting jobs go to the counting queues, and all other jobs to the fan-out queues", async () => {
  const sent = { fanout: [[], []] as string[][], counting: [[], []] as string[][] };
  const queues = new JobQueues(sent.fanout.map(recording), sent.counting.map(recording), {});
  await queues.send(jobs);
  expect(sent.fanout.flat().sort()).toEqual(["erase", "fanout"]);
  expect(sent.counting.flat().sort()).toEqual(["impressions", "reply", "tally"]);
});

it("a Worker without fan-out queues, or without counting queues, does not start", () => {
  expect(() => new JobQueues([], [recording([])], {})).toThrow("FANOUT_0");
  expect(() => new JobQueues([recording([])], [], {})).toThrow("COUNTING_0");
});
