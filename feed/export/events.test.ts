import { describe, expect, it } from "vitest";
import { eventSchema, eventsOf, ownerOf } from "./events.ts";
import { idTimeMs, makeId } from "../ids.ts";
import type { Job, ExportedChange } from "../delivery/jobs.ts";

const [ada, bob, post, id] = [1, 2, 3, 4].map((n) => makeId(1_000_000 + n, n, n));
if (ada === undefined || bob === undefined || post === undefined || id === undefined) {
  throw new Error("four ids were not made");
}
const common = { v: 1, id, part: 0, attempt: 0 } as const;
const card = { id: ada, handle: "ada", name: "Ada", avatarUrl: null };
const body = {
  id: post,
  author: card,
  text: "hello",
  replyTo: { id, author: bob },
  counts: { likes: 0, reposts: 0, replies: 0 },
};
const fanout = { ...common, kind: "fanout", author: ada, range: [0, 1023] } as const;
const entry = { kind: "entry", entry: { id: post, by: null, post: body } } as const;
const edges = {
  ...common,
  kind: "edges",
  follower: ada,
  timeline: "backfill",
  hint: null,
} as const;
const tally = { ...common, kind: "tally", post, actor: bob, reaction: "like" } as const;

const CASES: [what: string, job: Job, tells: ExportedChange, owner: string, expected: object[]][] =
  [
    [
      "a post",
      { ...fanout, range: [0, 1023], change: entry },
      "post",
      ada,
      [{ type: "post", author: ada, post, text: "hello", replyTo: { id, author: bob } }],
    ],
    [
      "a deleted post",
      { ...fanout, range: [0, 1023], change: { kind: "remove", id: post } },
      "delete",
      ada,
      [{ type: "delete", author: ada, post }],
    ],
    [
      "follows",
      { ...edges, followees: [bob, id] },
      "follow",
      ada,
      [
        { type: "edge", follower: ada, followee: bob, following: true },
        { type: "edge", follower: ada, followee: id, following: true },
      ],
    ],
    [
      "an unfollow",
      { ...edges, followees: [bob] },
      "unfollow",
      ada,
      [{ type: "edge", follower: ada, followee: bob, following: false }],
    ],
    ["a like", tally, "react", bob, [{ type: "reaction", actor: bob, kind: "like", active: true }]],
    [
      "an undone repost",
      { ...tally, reaction: "repost" },
      "unreact",
      bob,
      [{ type: "reaction", actor: bob, kind: "repost", active: false, post }],
    ],
    [
      "a promoted author",
      { ...common, kind: "mode", author: ada, epoch: 3, range: [0, 1023] },
      "mode",
      ada,
      [{ type: "promotion", author: ada, mode: "pull", epoch: 3 }],
    ],
    [
      "impressions",
      { ...common, kind: "impressions", viewer: bob, items: [{ postId: post, dwellMs: 5 }] },
      "impressions",
      bob,
      [{ type: "impressions", viewer: bob, items: [{ postId: post, dwellMs: 5 }] }],
    ],
  ];

describe("events", () => {
  it.each(CASES)("report %s, with its owner, id and time", (_, job, tells, owner, expected) => {
    const events = eventsOf({ ...job, tells });
    expect(events).toMatchObject(expected);
    expect(events).toHaveLength(expected.length);
    for (const [n, event] of events.entries()) {
      expect(eventSchema.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
      expect(event).toMatchObject({ v: 1, id: `${id}.0.${n}`, atMs: idTimeMs(id) });
      expect(ownerOf(event)).toBe(owner);
    }
  });

  it("report both follows that a block undoes, each with its owner", () => {
    const job: Job = { ...common, kind: "relation", actor: ada, target: bob, tells: "block" };
    expect(eventsOf(job).map((event) => [ownerOf(event), event.type])).toEqual([
      [ada, "edge"],
      [bob, "edge"],
    ]);
  });

  it("do not follow from a job without a change to export, nor from a repost's entry", () => {
    for (const [, job] of CASES) expect(eventsOf(job)).toEqual([]);
    const repost = { ...entry, entry: { ...entry.entry, by: card } };
    expect(eventsOf({ ...fanout, range: [0, 1023], change: repost, tells: "post" })).toEqual([]);
  });
});
