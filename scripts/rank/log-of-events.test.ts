import { describe, expect, it } from "vitest";
import type { Event } from "../../feed/export/events.ts";
import { type Id, makeId } from "../../feed/ids.ts";
import { logLineText, parseLogLine } from "../../feed/rank/training-log.ts";
import { logOfEvents } from "./log-of-events.ts";

const T0_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const [ada, bob, cy] = [makeId(T0_MS, 1, 1), makeId(T0_MS, 2, 2), makeId(T0_MS, 3, 3)];
let made = 0;

/** The common fields of events, some minutes after the beginning. */
function at(minute: number) {
  const atMs = T0_MS + minute * MINUTE_MS;
  return { v: 1 as const, id: `${makeId(atMs, 1, made++)}.0.0`, atMs };
}
function post(minute: number, author: Id, text: string, replyTo: Event | null = null): Event {
  const parent = replyTo?.type === "post" ? { id: replyTo.post, author: replyTo.author } : null;
  const id = makeId(T0_MS + minute * MINUTE_MS, 1, 1000 + made++);
  return { ...at(minute), type: "post", author, post: id, text, replyTo: parent };
}
function idOf(event: Event): Id {
  if (event.type !== "post") throw new Error("not a post");
  return event.post;
}
function like(minute: number, actor: Id, of: Event, active = true): Event {
  return { ...at(minute), type: "reaction", actor, kind: "like", post: idOf(of), active };
}
function looks(minute: number, viewer: Id, ...posts: Event[]): Event {
  const items = posts.map((one) => ({ postId: idOf(one), dwellMs: 1_000 }));
  return { ...at(minute), type: "impressions", viewer, items };
}

describe("a training log made from events", () => {
  const hello = post(1, ada, "hello https://skein.test");
  const follow: Event = { ...at(0), type: "edge", follower: bob, followee: ada, following: true };

  it("has a valid line for each report of impressions", () => {
    const [line, ...more] = logOfEvents([
      follow,
      hello,
      like(2, cy, hello),
      looks(3, bob, hello),
      like(4, bob, hello),
    ]);
    expect(more).toEqual([]);
    expect(line?.viewer.overall.seen).toBe(0);
    expect(line?.items[0]).toMatchObject({
      ...{ post: idOf(hello), author: ada, by: null, position: 0, followers: 1, link: true },
      ...{ chars: 24, counts: { likes: 1, reposts: 0, replies: 0 }, seen: null, liked: false },
      did: { seen: true, dwellMs: 1_000, liked: true, reposted: false },
    });
    if (line === undefined) throw new Error("no line");
    expect(parseLogLine(logLineText(line))).toMatchObject({ ok: true });
  });

  it("is the same for any order and repetition of the events", () => {
    const reply = post(5, bob, "hi", hello);
    const events = [
      follow,
      hello,
      looks(4, bob, hello),
      reply,
      looks(6, ada, reply),
      like(7, ada, reply),
    ];
    const log = logOfEvents(events);
    expect(log).toHaveLength(2);
    expect(log[0]?.items[0]?.did.replied).toBe(true);
    expect(log[1]?.items[0]).toMatchObject({ reply: true, toViewer: true, did: { liked: true } });
    expect(logOfEvents([...events.toReversed(), ...events])).toEqual(log);
  });

  it("counts an action just before its impression as its result, not as a fact", () => {
    const [first, second] = logOfEvents([
      hello,
      like(2, cy, hello),
      like(3, bob, hello),
      looks(23, bob, hello),
      looks(60, bob, hello),
    ]);
    expect(first?.items[0]).toMatchObject({
      ...{ liked: false, counts: { likes: 1 }, did: { liked: true } },
    });
    // The rest of the other account's like after 21 minutes.
    expect(first?.items[0]?.pace?.sum).toBeCloseTo(2 ** (-21 / 60));
    expect(first?.viewer).toMatchObject({ overall: { likes: 0 }, authors: {} });
    expect(second?.items[0]).toMatchObject({
      ...{ liked: true, counts: { likes: 2 }, seen: { times: 1, dwellMs: 1_000, opened: false } },
      did: { liked: false },
    });
    expect(second?.viewer.authors[ada]).toMatchObject({ likes: 1, seen: 1 });
  });

  it("leaves out actions elsewhere, undone actions, and posts without an event", () => {
    const before = post(0, ada, "of a time before the export");
    const [line, other] = logOfEvents([
      hello,
      looks(2, bob, before, hello),
      like(3, bob, hello),
      like(4, bob, hello, false),
      looks(5, cy, before),
      looks(6, cy, hello),
      like(90, cy, hello),
    ]);
    expect(line?.items.map((item) => [item.position, item.did.liked])).toEqual([[0, false]]);
    expect(other?.viewer.id).toBe(cy);
    expect(other?.items[0]?.did.liked).toBe(false);
  });
});
