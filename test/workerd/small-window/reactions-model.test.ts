import { runDurableObjectAlarm } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import type { Counts } from "../../../feed/entry.ts";
import { countsKey } from "../../../feed/counts-key.ts";
import { COUNTS_KV_EVERY_MS } from "../../../feed/limits.ts";
import type { Session, Timeline } from "../../../feed/wire.ts";
import { Chance } from "../../model/chance.ts";
import { operationsOr, seedOr, withSeed } from "../../model/seed.ts";
import { type Line, ReactionModel } from "../../model/reactions.ts";
import { World } from "../world.ts";

const SEED = seedOr(20_261_121);
const ACCOUNTS = 50;
const POSTS = 20;
const STEPS = operationsOr(1_200);
/** Accounts whose whole timelines are compared along the way, not only at the end. */
const CHECKED_EVERY = 300;

/** Everybody reacts to everything, while messages come late, twice, in any order or not at all. */
class Crowd {
  readonly world = new World();
  readonly chance = new Chance(SEED);
  readonly sessions = new Map<string, Session>();
  #model: ReactionModel | undefined;

  get model(): ReactionModel {
    if (this.#model === undefined) throw new Error("gather first");
    return this.#model;
  }

  async gather(): Promise<void> {
    const handles = Array.from({ length: ACCOUNTS }, (_, i) => `crowd_${i}`);
    const follows = new Map(
      handles.map((handle) => [handle, new Set(this.#some(handles, 8, handle))]),
    );
    const edges = [...follows].flatMap(([follower, some]) =>
      [...some].map((followee) => ({ follow: [follower, followee] })),
    );
    await this.world.import([...handles.map((handle) => ({ user: { handle } })), ...edges]);
    for (const handle of handles) this.sessions.set(handle, await this.world.session(handle));
    this.#model = new ReactionModel(follows);
    for (let n = 0; n < POSTS; n++) await this.#publish(this.chance.pick(handles), null);
  }

  async step(): Promise<void> {
    const handles = [...this.sessions.keys()];
    const actor = this.chance.pick(handles);
    const posts = [...this.model.posts.values()];
    const post = this.chance.pick(posts);
    const active = this.chance.happens(0.6);
    const kind = this.chance.below(100);
    if (kind < 35) await this.#like(actor, post.id, active);
    else if (kind < 60) await this.#repost(actor, post.id, active);
    else if (kind < 68) await this.#publish(actor, post);
    else if (kind < 71 && posts.length > POSTS / 2) await this.#remove(post.id);
    else if (kind < 77) await this.#mute(actor, this.chance.pick(handles), active);
    else if (kind < 82) await this.world.evict(this.#session(actor));
    else if (kind < 84) this.world.loseMessages();
    else if (kind < 90) await this.scroll(actor);
    else await this.#deliverSome();
  }

  async settle(): Promise<void> {
    do await this.world.drain(this.#delivery());
    while ((await this.world.sweep(24 * 3_600_000)) > 0);
  }

  async scroll(handle: string): Promise<Line[]> {
    const { token } = this.#session(handle);
    const lines: Line[] = [];
    let cursor = "";
    for (;;) {
      const limit = this.chance.pick([3, 7, 20, 100]);
      const path = `/v1/timeline?order=latest&limit=${limit}${cursor}`;
      const { body } = await this.world.call<Timeline>("GET", path, { token });
      for (const { post, reason } of body.items) {
        const { liked = false, reposted = false } = post.viewer ?? {};
        const by = reason.by?.handle ?? null;
        lines.push({ post: post.id, reason: reason.kind, by, liked, reposted });
      }
      if (body.next === null) return lines;
      cursor = `&cursor=${body.next}`;
    }
  }

  async #like(actor: string, post: string, active: boolean): Promise<void> {
    await this.#call(active ? "PUT" : "DELETE", `/v1/posts/${post}/like`, actor);
    this.model.like(actor, post, active);
  }

  async #repost(actor: string, post: string, active: boolean): Promise<void> {
    await this.#call(active ? "PUT" : "DELETE", `/v1/posts/${post}/repost`, actor);
    const { user } = this.#session(actor);
    const row = await this.world.deps.store.reactions.reaction(user.id, "repost", post);
    this.model.repost(actor, post, active ? (row?.entry ?? null) : null);
  }

  async #publish(author: string, parent: { id: string; author: string } | null): Promise<void> {
    const id = await this.world.post(this.#session(author), "words", parent?.id);
    const replyTo = parent === null ? null : { id: parent.id, author: parent.author };
    this.model.publish({ id, author, replyTo });
  }

  async #remove(id: string): Promise<void> {
    const author = this.model.posts.get(id)?.author ?? "";
    await this.#call("DELETE", `/v1/posts/${id}`, author);
    this.model.remove(id);
  }

  async #mute(viewer: string, user: string, active: boolean): Promise<void> {
    if (viewer === user) return;
    const { user: target } = this.#session(user);
    await this.#call(active ? "PUT" : "DELETE", `/v1/users/${target.id}/mute`, viewer);
    this.model.mute(viewer, user, active);
  }

  #deliverSome(): Promise<void> {
    return this.world.deliverSome(1 + this.chance.below(40), this.#delivery());
  }

  #delivery() {
    return {
      duplicate: () => this.chance.happens(0.2),
      shuffle: <T>(all: T[]) => this.chance.shuffle(all),
      batchSize: 1 + this.chance.below(30),
    };
  }

  async #call(method: string, path: string, actor: string): Promise<void> {
    const { status } = await this.world.call(method, path, { token: this.#session(actor).token });
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}`);
  }

  #session(handle: string): Session {
    const session = this.sessions.get(handle);
    if (session === undefined) throw new Error(`nobody is @${handle}`);
    return session;
  }

  #some(handles: readonly string[], count: number, but: string): string[] {
    return this.chance
      .shuffle(handles)
      .filter((handle) => handle !== but)
      .slice(0, this.chance.below(2 * count));
  }
}

it("counts, viewers and timelines equal the naive model once quiet", { timeout: 300_000 }, () =>
  withSeed(SEED, async () => {
    const crowd = new Crowd();
    await crowd.gather();
    for (let n = 1; n <= STEPS; n++) {
      await crowd.step();
      if (n % CHECKED_EVERY === 0) await expectTimelines(crowd);
    }
    await expectTimelines(crowd);
    expect(await crowd.world.deps.store.outbox.waiting()).toBe(0);
    await expectCounts(crowd);
  }),
);

async function expectTimelines(crowd: Crowd): Promise<void> {
  await crowd.settle();
  for (const handle of crowd.sessions.keys()) {
    expect(await crowd.scroll(handle), `@${handle}`).toEqual(crowd.model.timeline(handle));
  }
}

async function expectCounts({ model, world }: Crowd): Promise<void> {
  for (const post of model.posts.keys()) {
    const counter = world.env.POST_COUNTER.getByName(post);
    expect(await counter.read(), post).toEqual(model.counts(post));
    // A counter that has told KV just now tells it again a few seconds later.
    await vi.waitFor(
      async () => {
        await runDurableObjectAlarm(counter);
        const told = await world.env.COUNTS.get<Counts>(countsKey(post), "json");
        expect(told ?? model.counts(post), `KV of ${post}`).toEqual(model.counts(post));
      },
      { timeout: 2 * COUNTS_KV_EVERY_MS, interval: 100 },
    );
  }
  const { body } = await world.call<{ corrected: unknown[] }>("POST", "/v1/admin/counts/check", {
    token: world.env.ADMIN_TOKEN,
  });
  expect(body.corrected).toEqual([]);
}
