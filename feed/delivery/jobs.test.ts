import { describe, expect, it } from "vitest";
import { created, original, removed } from "../../test/entries.ts";
import { makeId } from "../ids.ts";
import { type Job, jobSchema } from "./jobs.ts";

const id = makeId(1_700_000_000_000, 7, 1);
const author = makeId(1_600_000_000_000, 7, 2);
const common = { v: 1 as const, id, part: 0, attempt: 0 };
const change = created(original({ id, author, replyTo: { id: author, author } }));

const JOBS: Job[] = [
  { ...common, kind: "fanout", author, range: [0, 1023], change },
  { ...common, kind: "fanout", author, range: [5, 5], change: removed(id), only: [author] },
  { ...common, kind: "edges", follower: id, followees: [author], timeline: "backfill", hint: null },
  { ...common, kind: "edges", follower: id, followees: [id], timeline: "rebuild", hint: "weur" },
  { ...common, kind: "reply", reply: id, parent: author },
  { ...common, kind: "orphan", post: id, below: author },
  { ...common, kind: "orphan", post: id, reply: author, after: id },
  { ...common, kind: "sweep", from: 3, to: 7 },
];

describe("a job", () => {
  it("is the same after a queue as before", () => {
    for (const job of JOBS) {
      expect(jobSchema.parse(JSON.parse(JSON.stringify(job)))).toEqual(job);
    }
  });

  it("with an unknown version, kind or form is not parsed as a job", () => {
    const [job] = JOBS;
    const strange = [
      { ...job, v: 2 },
      { ...job, kind: "relay" },
      { ...job, id: "1" },
      { ...job, part: -1 },
      { ...job, range: [0, 1024] },
      { ...job, change: { kind: "edit", id } },
      null,
      "fanout",
    ];
    for (const message of strange) expect(jobSchema.safeParse(message).success).toBe(false);
  });
});
