import { runDurableObjectAlarm } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { countsSchema, NO_COUNTS } from "../../../feed/timeline/entry.ts";
import { countsKey } from "../../../feed/counts/published-counts.ts";
import { COUNTS_STORE_EVERY_MS } from "../../../feed/limits.ts";
import type { Post, Session, Timeline } from "../../../feed/wire.ts";
import { Chance } from "../../model/chance.ts";
import { operationsOr, seedOr, sizeOf, withSeed } from "../../model/seed.ts";
import { type Line, type Pair, type ReactedPost, ReactionModel } from "../../model/reactions.ts";
import { eventually } from "../../eventually.ts";
import { findingNothing } from "../doubles.ts";
import { FrameClient } from "../frame-client.ts";
import { checkCounts } from "../recount.ts";
import { World } from "../world.ts";
import { waitingJobs } from "../../all-shards.ts";

const SEED = seedOr(20_261_121);
const ACCOUNTS = 50;
const POSTS = 20;
const STEPS = operationsOr(sizeOf({ short: 400, long: 1_200 }));
/** Accounts whose timelines are compared during the run, not only at the end. */
const CHECKED_EVERY = 250;

/** The operations and their relative weights. */
const OPERATIONS = {
  like: 26,
  repost: 20,
  reply: 8,
  post: 2,
  remove: 3,
  removeReply: 4,
  mute: 5,
  block: 6,
  follow: 6,
  evict: 4,
  lose: 2,
  scroll: 5,
  reconnect: 5,
  deliver: 9,
} as const;
type Operation = keyof typeof OPERATIONS;
const DRAWN = Object.entries(OPERATIONS).flatMap(([operation, times]) =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the constant has exactly these keys
  Array.from({ length: times }, () => operation as Operation),
);
/** The share of operations that undo rather than do. */
const UNDONE_PROBABILITY = 0.4;

/** Accounts with a client that follows frames alone. */
const FRAME_CLIENTS = 8;

/** A threshold that authors cross all the time. */
const CELEBRITY_THRESHOLD = "8";

/** A world without caches: it reads the store and asks author feeds directly. */
function fresh({ env }: World): World {
  return new World({
    CELEBRITY_THRESHOLD,
    // Counters hand their messages to the first world, whoever calls them.
    POST_COUNTER: env.POST_COUNTER,
    AUTHOR_FEED_PAGES: findingNothing(bindings.AUTHOR_FEED_PAGES),
  });
}

/** Everybody reacts to everything while messages arrive late, twice, out of order or never. */
class Crowd {
  readonly world = new World({ CELEBRITY_THRESHOLD });
  readonly chance = new Chance(SEED);
  readonly model = new ReactionModel();
  readonly sessions = new Map<string, Session>();
  /** Clients that follow frames alone, by handle. */
  readonly clients = new Map<string, FrameClient>();

  async gather(): Promise<void> {
    const handles = Array.from({ length: ACCOUNTS }, (_, i) => `crowd_${i}`);
    const edges = handles.flatMap((from) =>
      this.#some(handles, 8, from).map((to) => ({ from, to })),
    );
    await this.world.import([
      ...handles.map((handle) => ({ user: { handle } })),
      ...edges.map(({ from, to }) => ({ follow: [from, to] })),
    ]);
    for (const { from, to } of edges) this.model.follows.set(from, to, true);
    for (const handle of handles) this.sessions.set(handle, await this.world.session(handle));
    for (let n = 0; n < POSTS; n++) await this.#publish(this.chance.pick(handles), null);
    for (const handle of handles.slice(0, FRAME_CLIENTS)) {
      this.clients.set(handle, await FrameClient.open(this.world, this.#session(handle)));
    }
  }

  async step(): Promise<void> {
    const { chance, model, world } = this;
    const actor = this.#anyone();
    const posts = [...model.posts.values()];
    const replies = posts.filter((post) => post.replyTo !== null);
    switch (chance.pick(DRAWN)) {
      case "like":
        return this.#react("like", this.#draw(model.likes.all, actor, this.#anyPost()));
      case "repost":
        return this.#react("repost", this.#draw(model.reposts.all, actor, this.#anyPost()));
      case "reply":
        return this.#publish(actor, chance.pick(posts));
      case "post":
        return this.#publish(actor, null);
      case "remove":
        return posts.length > POSTS / 2 ? this.#remove(chance.pick(posts).id) : undefined;
      case "removeReply":
        return replies.length > 0 ? this.#remove(chance.pick(replies).id) : undefined;
      case "mute":
        return this.#relate("mute", this.#draw(model.mutes.all, actor, this.#anyone()));
      case "block":
        return this.#relate("block", this.#draw(model.blocks.all, actor, this.#anyone()));
      case "follow":
        return this.#follow(this.#draw(model.follows.all, actor, this.#anyone()));
      case "evict":
        return world.evict(this.#session(actor));
      case "lose":
        return world.loseMessages();
      case "scroll":
        await this.scroll(actor);
        return undefined;
      case "reconnect":
        return this.clients.get(chance.pick([...this.clients.keys()]))?.reconnect();
      case "deliver":
        return world.deliverSome(1 + chance.below(40), this.#delivery());
    }
  }

  async settle(): Promise<void> {
    do await this.world.drain(this.#delivery());
    while ((await this.world.sweep(24 * 3_600_000)) > 0);
  }

  async scroll(handle: string, world = this.world): Promise<Line[]> {
    const { token } = this.#session(handle);
    const lines: Line[] = [];
    let cursor = "";
    for (;;) {
      const limit = this.chance.pick([3, 7, 20, 100]);
      const path = `/v1/timeline?order=latest&limit=${limit}${cursor}`;
      const { body } = await world.call<Timeline>("GET", path, { token });
      for (const { post, reason } of body.items) {
        const { liked = false, reposted = false } = post.viewer ?? {};
        const by = reason.by?.handle ?? null;
        lines.push({ post: post.id, reason: reason.kind, by, liked, reposted });
      }
      if (body.next === null) return lines;
      const isShort = body.items.length < limit && !body.partial;
      if (isShort) throw new Error(`@${handle} got ${body.items.length} items for ${limit}`);
      cursor = `&cursor=${body.next}`;
    }
  }

  /** The replies to a post that a viewer sees. */
  async replies(viewer: string, post: string): Promise<string[]> {
    const { token } = this.#session(viewer);
    const path = `/v1/posts/${post}/replies?limit=100`;
    const { body } = await this.world.call<{ items: Post[] }>("GET", path, { token });
    return body.items.map((item) => item.id);
  }

  /** An existing item to undo, or a random one to do. */
  #draw(there: readonly Pair[], from: string, to: string): Pair & { active: boolean } {
    const undone = this.chance.happens(UNDONE_PROBABILITY);
    // Now and then an operation undoes something that was never done.
    if (!undone || there.length === 0 || this.chance.happens(0.1)) {
      return { from, to, active: !undone };
    }
    return { ...this.chance.pick(there), active: false };
  }

  async #react(kind: "like" | "repost", { from, to, active }: Pair & { active: boolean }) {
    const post = this.model.posts.get(to);
    const path = `/v1/posts/${to}/${kind}`;
    const refused = active && this.model.isBlockBetween(from, post?.author ?? "");
    // A deleted post can be neither liked nor unliked.
    await this.#call(active, path, from, post === undefined ? 404 : refused ? 403 : 200);
    if (refused || post === undefined) return;
    const before = kind === "like" ? this.model.likes : this.model.reposts;
    if (before.has(from, to) !== active) await this.#checkOwn(from, to);
    if (kind === "like") {
      this.model.likes.set(from, to, active);
      return;
    }
    const { user } = this.#session(from);
    const row = await this.world.deps.store.reactions.reaction(user.id, "repost", to);
    this.model.repost(from, to, active ? (row?.entry ?? null) : null);
  }

  async #publish(author: string, parent: ReactedPost | null): Promise<void> {
    const { token } = this.#session(author);
    const text = "words";
    const body = parent === null ? { text } : { text, replyTo: parent.id };
    const answer = await this.world.call<Post>("POST", "/v1/posts", { token, body });
    const refused = parent !== null && this.model.isBlockBetween(author, parent.author);
    this.#hold(`@${author} answers @${parent?.author}`, answer.status, refused ? 403 : 201);
    if (refused) return;
    const replyTo = parent === null ? null : { id: parent.id, author: parent.author };
    this.model.publish({ id: answer.body.id, author, replyTo });
  }

  /** What an account has just done is in the counts that it reads, before any message has arrived. */
  async #checkOwn(actor: string, post: string): Promise<void> {
    const { token, user } = this.#session(actor);
    const { body } = await this.world.call<Post>("GET", `/v1/posts/${post}`, { token });
    const key = { post, actor: user.id };
    const buckets = await this.world.deps.store.reactions.tallies([key]);
    const counter = this.world.env.POST_COUNTER.getByName(post);
    const applied = await counter.applyTallies({ buckets, replies: null });
    if (applied.status !== "applied") throw new Error(`the counter of ${post} takes no tallies`);
    const [read, expected] = [body.counts, applied.counts].map((counts) => JSON.stringify(counts));
    if (read !== expected) throw new Error(`@${actor} reads ${read} of ${post}, not ${expected}`);
  }

  async #remove(id: string): Promise<void> {
    await this.#call(false, `/v1/posts/${id}`, this.model.posts.get(id)?.author ?? "", 204);
    this.model.remove(id);
  }

  async #relate(kind: "mute" | "block", { from, to, active }: Pair & { active: boolean }) {
    if (from === to) return;
    await this.#call(active, `/v1/users/@${to}/${kind}`, from, 200);
    if (kind === "mute") this.model.mutes.set(from, to, active);
    else this.model.block(from, to, active);
  }

  async #follow({ from, to, active }: Pair & { active: boolean }): Promise<void> {
    if (from === to) return;
    const refused = active && this.model.isBlockBetween(from, to);
    await this.#call(active, `/v1/users/@${to}/follow`, from, refused ? 403 : 200);
    if (!refused) this.model.follows.set(from, to, active);
  }

  #delivery() {
    return {
      duplicate: () => this.chance.happens(0.2),
      shuffle: <T>(all: T[]) => this.chance.shuffle(all),
      batchSize: 1 + this.chance.below(30),
    };
  }

  async #call(active: boolean, path: string, actor: string, expected: number): Promise<void> {
    const method = active ? "PUT" : "DELETE";
    const { status } = await this.world.call(method, path, { token: this.#session(actor).token });
    this.#hold(`${method} ${path} by @${actor}`, status, expected);
  }

  #hold(call: string, status: number, expected: number): void {
    if (status !== expected) throw new Error(`${call} was answered ${status}, not ${expected}`);
  }

  #anyone(): string {
    return this.chance.pick([...this.sessions.keys()]);
  }

  #anyPost(): string {
    return this.chance.pick([...this.model.posts.keys()]);
  }

  #session(handle: string): Session {
    const session = this.sessions.get(handle);
    if (session === undefined) throw new Error(`there is no account @${handle}`);
    return session;
  }

  #some(handles: readonly string[], count: number, but: string): string[] {
    return this.chance
      .shuffle(handles)
      .filter((handle) => handle !== but)
      .slice(0, this.chance.below(2 * count));
  }
}

afterEach(() => {
  vi.useRealTimers();
});

it(
  "after random reactions counts, viewer states and timelines equal the naive model",
  { timeout: 900_000 },
  () =>
    withSeed(SEED, async () => {
      const crowd = new Crowd();
      await crowd.gather();
      for (let n = 1; n <= STEPS; n++) {
        await crowd.step();
        if (n % CHECKED_EVERY === 0) await expectTimelines(crowd);
      }
      await expectTimelines(crowd);
      expect(await waitingJobs(crowd.world.deps.store)).toBe(0);
      await expectCounts(crowd);
    }),
);

async function expectTimelines(crowd: Crowd): Promise<void> {
  await crowd.settle();
  const world = fresh(crowd.world);
  for (const handle of crowd.sessions.keys()) {
    expect(await crowd.scroll(handle, world), `@${handle}`).toEqual(crowd.model.timeline(handle));
  }
  for (const [handle, client] of crowd.clients) {
    const expected = crowd.model.timeline(handle).map(({ post }) => post);
    // News of pulled authors come with their feeds' next alarm.
    await eventually(async () => {
      await client.catchUp();
      expect(client.posts, `the frames of @${handle}`).toEqual(expected);
    });
  }
}

/** Compares the counter, KV, the post itself and the list of replies. */
async function expectCounts(crowd: Crowd): Promise<void> {
  const { model, world, chance, sessions } = crowd;
  // Once every publication is due, all of them happen.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + COUNTS_STORE_EVERY_MS });
  const counters = [...model.posts.keys()].map((post) => world.env.POST_COUNTER.getByName(post));
  for (const counter of counters) await runDurableObjectAlarm(counter);
  await crowd.settle();
  const stored = await world.deps.store.posts.byIds([...model.posts.keys()]);
  for (const [index, post] of [...model.posts.keys()].entries()) {
    const counts = model.counts(post);
    expect(await counters[index]?.read(), post).toEqual(counts);
    const published = await world.env.COUNTS.get(countsKey(post), "json");
    expect(countsSchema.parse(published ?? NO_COUNTS), `KV of ${post}`).toEqual(counts);
    expect(stored.get(post)?.counts, `row of ${post}`).toEqual(counts);
    const viewer = chance.pick([...sessions.keys()]);
    const replies = model.replies(viewer, post);
    expect(await crowd.replies(viewer, post), `replies to ${post}`).toEqual(replies);
  }
  expect((await checkCounts(world)).corrected).toEqual([]);
}
