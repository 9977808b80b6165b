/** The export of events: which events are sent, when, and what happens while a queue or Kafka fails. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  EVENTS_REFUSED_MAX,
  EVENT_ATTEMPTS_MAX,
  EVENT_KEPT_MS,
  EVENT_RETRY_MAX_S,
} from "../../feed/limits.ts";
import type { Session } from "../../feed/wire.ts";
import { isEvent } from "../../workers/export/consumer.ts";
import { EventsRefused } from "../../workers/export/event-log.ts";
import { Exporting } from "./exporting.ts";
import { World } from "./world.ts";
import { countLetters, listLetters, waitingJobs } from "../all-shards.ts";

vi.spyOn(console, "warn").mockImplementation(() => undefined);
vi.spyOn(console, "error").mockImplementation(() => undefined);

let exporting: Exporting;
let world: World;
let [ada, bob]: Session[] = [];
beforeEach(async () => {
  exporting = new Exporting();
  ({ world } = exporting);
  [ada, bob] = [await world.account(), await world.account()];
});

function two(): [Session, Session] {
  if (ada === undefined || bob === undefined) throw new Error("two were made");
  return [ada, bob];
}

describe("the export", () => {
  it("sends every change once its job is done, and nothing else", async () => {
    const [author, reader] = two();
    await world.follow(reader, author);
    await world.follow(reader, author);
    const post = await world.post(author, "hello");
    const reply = await world.post(reader, "hello back", post);
    await exporting.like(reader, post);
    await exporting.like(reader, post);
    await exporting.like(reader, post, "DELETE");
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reader.token });
    const items = [{ postId: post, dwellMs: 1_200 }];
    const path = "/v1/timeline/impressions";
    await world.call("POST", path, { token: reader.token, body: { items } });
    await world.follow(reader, author, false);
    await world.follow(reader, author, false);
    await world.call("DELETE", `/v1/posts/${reply}`, { token: reader.token });
    await world.call("PUT", `/v1/users/${author.user.id}/mute`, { token: reader.token });
    await world.call("PUT", `/v1/users/${author.user.id}/block`, { token: reader.token });
    await world.call("PUT", `/v1/users/${author.user.id}/block`, { token: reader.token });
    await world.follow(reader, author, false);
    await world.drain();
    const [a, r] = [author.user.id, reader.user.id];
    const replyTo = { id: post, author: a };
    const expected = [
      { type: "edge", follower: r, followee: a, following: true },
      { type: "edge", follower: r, followee: a, following: false },
      { type: "edge", follower: r, followee: a, following: false },
      { type: "edge", follower: a, followee: r, following: false },
      { type: "post", author: a, post, text: "hello", replyTo: null },
      { type: "post", author: r, post: reply, text: "hello back", replyTo },
      { type: "delete", author: r, post: reply },
      { type: "reaction", actor: r, kind: "like", post, active: true },
      { type: "reaction", actor: r, kind: "like", post, active: false },
      { type: "reaction", actor: r, kind: "repost", post, active: true },
      { type: "impressions", viewer: r, items },
    ];
    const envelope = new Set(["v", "id", "atMs"]);
    const sent = exporting.sent.map((event) =>
      Object.fromEntries(Object.entries(event).filter(([name]) => !envelope.has(name))),
    );
    expect(sent).toEqual(expect.arrayContaining(expected));
    expect(sent).toHaveLength(expected.length);
    expect(new Set(exporting.sent.map(({ id }) => id)).size).toBe(expected.length);
  });

  it("sends one event for each follow of an import", async () => {
    const [author, reader] = two();
    const before = exporting.sent.length;
    await world.import([
      { follow: [reader.user.handle, author.user.handle] },
      { follow: [author.user.handle, reader.user.handle] },
      { follow: [reader.user.handle, author.user.handle] },
    ]);
    expect(exporting.kinds().length - before).toBe(2);
  });

  it("sends one event for a deletion, however many reposts it erases", async () => {
    const [author, reader] = two();
    const post = await world.post(author, "hello");
    await world.call("PUT", `/v1/posts/${post}/repost`, { token: reader.token });
    await world.drain();
    await world.call("DELETE", `/v1/posts/${post}`, { token: author.token });
    await world.drain();
    expect(exporting.kinds()).toEqual(["delete", "post", "reaction"]);
  });

  it("sends nothing and marks no job while it is off", async () => {
    const quiet = new World();
    const author = await quiet.account();
    await quiet.post(author, "hello");
    expect(quiet.held.length).toBeGreaterThan(0);
    expect(JSON.stringify(quiet.held)).not.toContain("tells");
    await quiet.drain();
    expect(await waitingJobs(quiet.deps.store)).toBe(0);
  });
});

describe("an export queue that is down", () => {
  it("blocks no post and no follow, and gets their events when it is back", async () => {
    const [author, reader] = two();
    exporting.refuses = true;
    await world.follow(reader, author);
    const post = await world.post(author, "hello");
    await world.deliverSome(world.held.length);
    expect(await world.scroll(reader)).toEqual([post]);
    expect(exporting.sent).toEqual([]);
    // The outbox rows of events that could not be sent stay.
    expect(await waitingJobs(world.deps.store)).toBe(2);
    exporting.refuses = false;
    await world.sweep(60 * 60 * 1000);
    await world.drain();
    expect([...new Set(exporting.kinds())]).toEqual(["edge", "post"]);
    expect(await waitingJobs(world.deps.store)).toBe(0);
    expect(await world.scroll(reader)).toEqual([post]);
  });

  it("keeps an author migrating until the outbox row of the unsent event is gone", async () => {
    const [author, reader] = two();
    const { accounts } = world.deps.store;
    const account = async () => (await accounts.byIds([author.user.id])).get(author.user.id);
    world.deps.config.CELEBRITY_THRESHOLD = 1;
    await world.follow(reader, author);
    exporting.refuses = true;
    await world.deliverSome(world.held.length);
    expect(await account()).toMatchObject({ epoch: 1, migrating: true });
    expect(await waitingJobs(world.deps.store)).toBe(1);
    exporting.refuses = false;
    await world.drain();
    expect(await account()).toMatchObject({ epoch: 1, migrating: false });
    const sent = exporting.sent.filter(({ type }) => type === "promotion");
    expect(sent).toMatchObject([{ author: author.user.id, mode: "pull", epoch: 1 }]);
    expect(await waitingJobs(world.deps.store)).toBe(0);
  });

  it("loses no impressions: a report that the queue refuses is refused and not recorded", async () => {
    const [author, reader] = two();
    const post = await world.post(author, "hello");
    await world.drain();
    exporting.refuses = true;
    const path = "/v1/timeline/impressions";
    const report = async () => {
      const request = { token: reader.token, body: { items: [{ postId: post }] } };
      return (await world.call("POST", path, request)).status;
    };
    expect(await report()).toBe(503);
    exporting.refuses = false;
    expect(await report()).toBe(202);
    expect(exporting.kinds()).toContain("impressions");
    const { seen } = await world.home(reader).rankingContext([post], []);
    expect(seen[post]?.times).toBe(1);
  });

  it("gets the events that a crash kept from being sent", async () => {
    const [author] = two();
    await world.post(author, "hello");
    world.loseMessages();
    expect(exporting.sent).toEqual([]);
    await world.sweep(60 * 60 * 1000);
    await world.drain();
    expect(exporting.kinds()).toEqual(["post"]);
  });
});

describe("the export consumer", () => {
  const written: unknown[] = [];
  let down = false;
  let refused: unknown;
  beforeEach(async () => {
    written.length = 0;
    down = false;
    refused = undefined;
    const { eventLog } = world.deps;
    if (eventLog === null) throw new Error("events are exported");
    vi.spyOn(eventLog, "write").mockImplementation((events) => {
      if (down) return Promise.reject(new Error("the endpoint is down"));
      if (events.some((event) => event.id === refused)) {
        return Promise.reject(new EventsRefused("one is too large"));
      }
      written.push(...events);
      return Promise.resolve();
    });
    const [author] = two();
    await world.post(author, "one");
    await world.post(author, "two");
    await world.drain();
  });

  it("writes a batch in the order of its messages", async () => {
    expect(await exporting.handOver(exporting.sent, {})).toEqual(["ack", "ack"]);
    expect(written).toEqual(exporting.sent);
  });

  it("retries every event that could not be written, with a growing delay", async () => {
    down = true;
    expect(await exporting.handOver(exporting.sent, {})).toEqual(["retry in 2 s", "retry in 2 s"]);
    expect((await exporting.handOver(exporting.sent, { attempts: 3 }))[0]).toBe("retry in 8 s");
    expect((await exporting.handOver(exporting.sent, { attempts: 40 }))[0]).toBe(
      `retry in ${EVENT_RETRY_MAX_S} s`,
    );
    expect(await countLetters(world.deps.store)).toBe(0);
  });

  it.each([{ ageMs: EVENT_KEPT_MS + 1_000 }, { attempts: EVENT_ATTEMPTS_MAX }])(
    "keeps a message that the queue would soon drop (%j) as a dead letter that can be redriven",
    async (age) => {
      down = true;
      const before = await countLetters(world.deps.store);
      expect(await exporting.handOver(exporting.sent, age)).toEqual(["ack", "ack"]);
      expect(await countLetters(world.deps.store)).toBe(before + 2);
      const events = exporting.sent.splice(0);
      const auth = { authorization: `Bearer ${world.env.ADMIN_TOKEN}` };
      await world.call("POST", "/v1/admin/dead-letters/retry", { headers: auth });
      expect(exporting.sent).toEqual(expect.arrayContaining(events));
      expect(await countLetters(world.deps.store)).toBe(before);
    },
  );

  it("writes the other events of a batch when one is refused", async () => {
    await world.post(two()[0], "three");
    await world.drain();
    const [first, second, third] = exporting.sent;
    refused = second?.id;
    const { meter } = world.deps;
    const count = vi.spyOn(meter, "count");
    const answers = await exporting.handOver([first, second, third], {});
    expect(answers).toEqual(["ack", "retry in 2 s", "ack"]);
    expect(written).toEqual([first, third]);
    expect(count.mock.calls.filter(([, outcome]) => outcome === "retried")).toHaveLength(1);
    expect(await exporting.handOver([second], { attempts: EVENT_ATTEMPTS_MAX })).toEqual(["ack"]);
    expect(count).toHaveBeenCalledWith("jobs", "dead");
    expect(written).toEqual([first, third]);
  });

  it("stops writing a batch once the endpoint is down or has refused many events", async () => {
    const { eventLog } = world.deps;
    if (eventLog === null) throw new Error("events are exported");
    const [event] = exporting.sent;
    const many = Array.from({ length: 3 * EVENTS_REFUSED_MAX }, () => event);
    const write = vi.spyOn(eventLog, "write").mockRejectedValue(new EventsRefused("no"));
    expect(new Set(await exporting.handOver(many, {}))).toEqual(new Set(["retry in 2 s"]));
    expect(write).toHaveBeenCalledTimes(1 + EVENTS_REFUSED_MAX);
  });

  it("recognises events by their shape, whatever their queue is called", () => {
    expect(exporting.sent.every((body) => isEvent({ body }))).toBe(true);
    expect(isEvent({ body: { v: 2, type: "of tomorrow" } })).toBe(true);
    for (const body of [{ v: 1, kind: "fanout" }, null, "text", {}]) {
      expect(isEvent({ body })).toBe(false);
    }
  });

  it("keeps an event of an unknown version as a dead letter and writes the others", async () => {
    const strange = { v: 2, type: "of tomorrow" };
    const [first] = exporting.sent;
    expect(await exporting.handOver([strange, first], {})).toEqual(["ack", "ack"]);
    expect(written).toEqual([first]);
    const letters = await listLetters(world.deps.store, 100);
    expect(letters.some((letter) => JSON.stringify(letter.body) === JSON.stringify(strange))).toBe(
      true,
    );
  });
});
