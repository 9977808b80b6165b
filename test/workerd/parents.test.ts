/** What replies show of the posts they answer: in every list, pushed and pulled, and until the post is deleted. */
import { runInDurableObject } from "cloudflare:test";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type EraseJob, jobSchema, type OrphanJob } from "../../feed/delivery/jobs.ts";
import type { Post, Session, Timeline, TimelineItem } from "../../feed/wire.ts";
import { runEraseJob } from "../../workers/jobs/erase.ts";
import { announced } from "./author-feeds.ts";
import { LiveSocket } from "./socket.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterAll(() => {
  vi.restoreAllMocks();
});

/** A reader who follows two people, of whom one answers the other. */
async function conversation(threshold?: number) {
  const world = new World(
    threshold === undefined ? {} : { CELEBRITY_THRESHOLD: String(threshold) },
  );
  const [asks, answers, reader] = [
    await world.account(),
    await world.account(),
    await world.account(),
  ];
  await world.scroll(reader);
  await world.follow(reader, asks);
  await world.follow(reader, answers);
  await world.drain();
  const question = await world.post(asks, "what is this?");
  const answer = await world.post(answers, "a reply", question);
  await world.drain();
  return { world, asks, answers, reader, question, answer };
}

type Conversation = Awaited<ReturnType<typeof conversation>>;

async function page(world: World, viewer: Session, query = "order=latest"): Promise<Timeline> {
  return (await world.call<Timeline>("GET", `/v1/timeline?${query}`, { token: viewer.token })).body;
}

function shownIn(items: readonly { post: Post }[], id: string): Post | undefined {
  return items.find(({ post }) => post.id === id)?.post;
}

/** The reply as each list shows it to a viewer. */
async function everywhere(
  { world, answers, question, answer }: Conversation,
  viewer: Session,
): Promise<Record<string, Post | undefined>> {
  const { token } = viewer;
  const user = await world.call<{ items: TimelineItem[] }>(
    "GET",
    `/v1/users/${answers.user.id}/posts`,
    { token },
  );
  const replies = await world.call<{ items: Post[] }>("GET", `/v1/posts/${question}/replies`, {
    token,
  });
  const thread = await world.call<Post>("GET", `/v1/posts/${answer}`, { token });
  const isGone = replies.status === 404;
  return {
    latest: shownIn((await page(world, viewer)).items, answer),
    ranked: shownIn((await page(world, viewer, "order=ranked")).items, answer),
    user: shownIn(user.body.items, answer),
    thread: thread.body,
    ...(isGone ? {} : { replies: replies.body.items.find(({ id }) => id === answer) }),
  };
}

/** Takes the erase job out of the held messages. */
function eraseJobIn(world: World): EraseJob | OrphanJob | null {
  const found = world.held.find(({ body }) => jobSchema.parse(body).kind === "erase");
  if (found === undefined) throw new Error("no erase job waits");
  world.held.splice(world.held.indexOf(found), 1);
  const job = jobSchema.parse(found.body);
  return job.kind === "erase" ? job : null;
}

describe.each([
  ["a pushed author", undefined],
  ["a pulled author", 1],
] as const)("the parent of a reply of %s", (_, threshold) => {
  it("comes with the reply in both orders, on the author's page and in the thread", async () => {
    const talk = await conversation(threshold);
    const lists = await everywhere(talk, talk.reader);
    for (const [list, post] of Object.entries(lists)) {
      const { id, handle, name, avatarUrl } = talk.asks.user;
      expect({ list, parent: post?.parent }).toEqual({
        list,
        parent: {
          id: talk.question,
          author: { id, handle, name, avatarUrl },
          text: "what is this?",
        },
      });
    }
  });

  it("comes below the hot window, and after the timeline was rebuilt", async () => {
    const talk = await conversation(threshold);
    const { world, reader, answer } = talk;
    await world.home(reader).forget();
    const rebuilt = await page(world, reader);
    expect(shownIn(rebuilt.items, answer)?.parent?.text).toBe("what is this?");
    // A window of one entry, the reader's own: the store answers for the rest.
    await world.post(reader, "my own");
    await world.drain();
    world.deps.config.TIMELINE_MAX = 1;
    await world.home(reader).forget();
    const below = await page(world, reader);
    expect(shownIn(below.items, answer)?.parent?.text).toBe("what is this?");
    const stored = await world.home(reader).readWindow({ top: null, below: null, limit: 100 });
    expect(JSON.stringify(stored)).not.toContain(answer);
  });

  it("comes with the live frame, and a frame takes it away when it is deleted", async () => {
    const { world, asks, answers, reader, question } = await conversation(threshold);
    const socket = await LiveSocket.open(world, reader);
    const again = await world.post(answers, "one more reply", question);
    await world.drain();
    const received = await vi.waitFor(
      () => {
        const frames = socket.frames.flatMap((one) => (one.type === "post" ? [one.item.post] : []));
        const post = frames.find(({ id }) => id === again);
        if (post === undefined) throw new Error("not yet");
        return post;
      },
      { timeout: 60_000 },
    );
    expect(received.parent?.text).toBe("what is this?");
    await world.call("DELETE", `/v1/posts/${question}`, { token: asks.token });
    await world.drain();
    await vi.waitFor(() => expect(socket.changes).toContain(`-${question}`), { timeout: 60_000 });
  });

  it("is null everywhere once it is deleted, and no stored copy has its text", async () => {
    const talk = await conversation(threshold);
    const { world, asks, answers, reader, question } = talk;
    await page(world, reader);
    await world.call("DELETE", `/v1/posts/${question}`, { token: asks.token });
    await world.drain();
    if (threshold !== undefined) {
      await announced(world.env.AUTHOR_FEED.getByName(answers.user.id));
    }
    // An isolate asks at most once a second whether its pages of a pulled author are the newest.
    await vi.waitFor(
      async () => {
        const lists = await everywhere(talk, reader);
        for (const [list, post] of Object.entries(lists)) {
          expect({ list, replyTo: post?.replyTo, parent: post?.parent }).toEqual({
            list,
            replyTo: question,
            parent: null,
          });
        }
      },
      { timeout: 60_000, interval: 200 },
    );
    for (const user of [reader, answers, asks]) {
      const stored = await runInDurableObject(world.home(user), (_home, { storage }) =>
        JSON.stringify(storage.sql.exec("SELECT entries FROM chunks").toArray()),
      );
      expect(stored).not.toContain("what is this?");
    }
    const feed = await runInDurableObject(
      world.env.AUTHOR_FEED.getByName(answers.user.id),
      (_feed, { storage }) =>
        JSON.stringify([
          storage.sql.exec("SELECT entries FROM chunks").toArray(),
          storage.sql.exec("SELECT body FROM news").toArray(),
        ]),
    );
    expect(feed).not.toContain("what is this?");
  });
});

describe("the parent of a reply", () => {
  it("goes from reposts of the reply when it is deleted", async () => {
    const { world, asks, question, answer } = await conversation();
    const [reposter, reader] = [await world.account(), await world.account()];
    await page(world, reader);
    await world.follow(reader, reposter);
    await world.drain();
    await world.call("PUT", `/v1/posts/${answer}/repost`, { token: reposter.token });
    await world.drain();
    const before = await page(world, reader);
    expect(shownIn(before.items, answer)?.parent?.text).toBe("what is this?");
    await world.call("DELETE", `/v1/posts/${question}`, { token: asks.token });
    await world.drain();
    const after = await page(world, reader);
    expect(shownIn(after.items, answer)?.parent).toBeNull();
    const stored = await runInDurableObject(world.home(reader), (_home, { storage }) =>
      JSON.stringify(storage.sql.exec("SELECT entries FROM chunks").toArray()),
    );
    expect(stored).not.toContain("what is this?");
  });

  it("goes from many replies, a page of them at a time", async () => {
    const { world, asks, reader, question, answers } = await conversation();
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.push(await world.post(answers, `reply ${n}`, question));
    await world.drain();
    await world.call("DELETE", `/v1/posts/${question}`, { token: asks.token });
    let rest = eraseJobIn(world);
    let pages = 0;
    for (; rest !== null; pages++) rest = await runEraseJob(world.deps, rest, 2);
    expect(pages).toBeGreaterThan(10);
    await world.drain();
    const { items } = await page(world, reader);
    for (const id of ids) expect(shownIn(items, id)).toMatchObject({ parent: null });
  });

  it("goes from a reply that is linked to it only after it was deleted", async () => {
    const { world, asks, answers, reader, question } = await conversation();
    const late = vi
      .spyOn(world.deps.store.posts, "setReplies")
      .mockRejectedValueOnce(new Error("lost"));
    const reply = await world.post(answers, "a late reply", question);
    late.mockRestore();
    const held = world.held.splice(0);
    await world.call("DELETE", `/v1/posts/${question}`, { token: asks.token });
    await world.drain();
    await world.handOver(held);
    await world.sweep(10 * 60_000);
    await world.drain();
    const { items } = await page(world, reader);
    expect(shownIn(items, reply)).toMatchObject({ parent: null });
    const own = await page(world, answers);
    expect(shownIn(own.items, reply)).toMatchObject({ parent: null });
  });

  it("is hidden from a viewer who has muted or blocked its author, or is blocked by them", async () => {
    const talk = await conversation();
    const { world, asks, answers, question, answer } = talk;
    const other = await world.account();
    await world.follow(other, answers);
    await world.call("PUT", `/v1/users/${asks.user.id}/block`, { token: other.token });
    await world.call("PUT", `/v1/users/${asks.user.id}/mute`, { token: answers.token });
    await world.drain();
    for (const viewer of [other, answers]) {
      const lists = await everywhere(talk, viewer);
      for (const list of ["user", "thread"]) {
        expect({ list, parent: lists[list]?.parent }).toEqual({ list, parent: null });
      }
    }
    // One's own reply stays in one's timeline, without what it answers.
    const own = await page(world, answers);
    expect(shownIn(own.items, answer)).toMatchObject({ replyTo: question, parent: null });
    const { body } = await world.call<Post>("POST", "/v1/posts", {
      token: answers.token,
      body: { text: "again", replyTo: question },
    });
    expect(body.parent).toBeNull();
  });

  it("is read from the store for an entry that an earlier version has stored without it", async () => {
    const { world, reader, answer } = await conversation();
    await page(world, reader);
    await runInDurableObject(world.home(reader), (_home, { storage }) => {
      const rows = storage.sql
        .exec<{ no: number; entries: string }>("SELECT no, entries FROM chunks")
        .toArray();
      for (const { no, entries } of rows) {
        const old = entries.replaceAll(/,"copy":\{"author":\{[^}]*\},"text":"[^"]*"\}/g, "");
        expect(old).not.toContain("copy");
        storage.sql.exec("UPDATE chunks SET entries = ? WHERE no = ?", old, no);
      }
    });
    await world.evict(reader);
    const { items } = await page(world, reader);
    expect(shownIn(items, answer)?.parent?.text).toBe("what is this?");
  });
});

describe("the ancestors of a reply", () => {
  async function thread(length: number) {
    const world = new World();
    const [ada, ben] = [await world.account(), await world.account()];
    const ids = [await world.post(ada, "the top")];
    for (let n = 1; n < length; n++) {
      ids.push(await world.post(n % 2 === 0 ? ada : ben, `post ${n}`, ids.at(-1)));
    }
    return { world, ada, ben, ids };
  }

  async function above(world: World, id: string, query = "", viewer?: Session) {
    const { body } = await world.call<{ items: Post[]; next: string | null }>(
      "GET",
      `/v1/posts/${id}/ancestors${query}`,
      viewer === undefined ? {} : { token: viewer.token },
    );
    return body;
  }

  it("are its parent and all above, nearest first, page by page", async () => {
    const { world, ids } = await thread(25);
    const last = ids.at(-1) ?? "";
    const first = await above(world, last);
    expect(first.items.map(({ id }) => id)).toEqual(ids.slice(4, 24).toReversed());
    expect(first.items[0]?.parent?.id).toBe(ids[22]);
    const rest = await above(world, last, `?cursor=${first.next}`);
    expect(rest.items.map(({ id }) => id)).toEqual(ids.slice(0, 4).toReversed());
    expect(rest.next).toBeNull();
    expect(await above(world, ids[0] ?? "")).toEqual({ items: [], next: null });
  });

  it("end at a deleted post, and at one whose author the viewer does not see", async () => {
    const { world, ada, ben, ids } = await thread(5);
    const [, second = "", , , last = ""] = ids;
    const viewer = await world.account();
    await world.call("PUT", `/v1/users/${ben.user.id}/mute`, { token: viewer.token });
    expect((await above(world, last, "", viewer)).items).toEqual([]);
    await world.call("DELETE", `/v1/posts/${second}`, { token: ben.token });
    const left = await above(world, last, "", ada);
    expect(left.items.map(({ id }) => id)).toEqual([ids[3], ids[2]]);
    expect(left.items[1]).toMatchObject({ replyTo: second, parent: null });
    expect(left.next).toBeNull();
  });
});
