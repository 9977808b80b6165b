/**
 * The ranked timeline is the latest one in another order. Whatever happens during a scroll, each post
 * shows once, every post that existed throughout shows, and the order is that of the first page.
 */
import { runInDurableObject } from "cloudflare:test";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { countsKey } from "../../../feed/counts/published-counts.ts";
import { decodeRanked } from "../../../feed/cursor.ts";
import type { Session, TimelineItem } from "../../../feed/wire.ts";
import { Chance } from "../../model/chance.ts";
import { operationsOr, seedOr, sizeOf, withSeed } from "../../model/seed.ts";
import { postsShown, scrollAll } from "../ranked.ts";
import { TroubledWorld } from "./troubled-world.ts";

const SEED = seedOr(20_261_122);
const SCROLLS = operationsOr(sizeOf({ short: 4, long: 14 }));
const ACCOUNTS = 14;
const POSTS = 110;
const CHANGES_BETWEEN_PAGES = 4;
const LIMITS = [1, 3, 7, 20, 100];

beforeAll(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterAll(() => vi.restoreAllMocks());

class Crowd {
  readonly troubled: TroubledWorld;
  readonly people: Session[] = [];
  /** The author of every post, deleted ones too. */
  readonly posts: { id: string; author: Session }[] = [];
  /** Authors and posts that the reader's scroll may show or not. */
  touched = new Set<string>();
  readonly #chance: Chance;
  readonly #threshold: string;

  constructor(chance: Chance, threshold: string) {
    this.#chance = chance;
    this.#threshold = threshold;
    this.troubled = new TroubledWorld(chance.fork(), threshold);
  }

  async gather(): Promise<void> {
    const { skein, world } = this.troubled;
    const handles = Array.from({ length: ACCOUNTS }, (_, n) => `ranked_${this.#threshold}_${n}`);
    const follows = handles.flatMap((from) =>
      // Nearly everyone follows some of them.
      handles
        .filter((to, n) => to !== from && this.#chance.happens(n < 3 ? 0.95 : 0.5))
        .map((to) => ({ follow: [from, to] as [string, string] })),
    );
    await skein.import([...handles.map((handle) => ({ user: { handle } })), ...follows]);
    for (const handle of handles) this.people.push(await world.session(handle));
    for (let n = 0; n < POSTS; n++) await this.post();
    for (let n = 0; n < POSTS / 4; n++) await this.react("repost");
    await this.troubled.quiesce();
  }

  async post(): Promise<void> {
    const author = this.#someone();
    const parent = this.#chance.happens(0.3) ? this.#somePost()?.id : undefined;
    const text = `number ${this.posts.length}`;
    try {
      const id = await this.troubled.skein.post(author.user.handle, text, parent ?? null);
      this.posts.push({ id, author });
    } catch {
      // The post that it answers was deleted.
    }
  }

  async react(kind: "like" | "repost", actor = this.#someone()): Promise<void> {
    const post = this.#somePost();
    if (post === undefined) return;
    const method = this.#chance.happens(0.75) ? "PUT" : "DELETE";
    if (kind === "repost" && method === "DELETE") this.touched.add(post.id);
    await this.troubled.world.call(method, `/v1/posts/${post.id}/${kind}`, { token: actor.token });
  }

  /** Makes one random change while the reader looks at a page. */
  async change(reader: Session): Promise<void> {
    const { world, sound } = this.troubled;
    const chance = this.#chance;
    const home = sound.home(reader);
    const changes: (() => Promise<unknown>)[] = [
      () => this.post(),
      () => this.post(),
      () => this.react("like"),
      () => this.react("like", reader),
      () => this.react("repost"),
      () => this.#remove(),
      () => this.#turn(reader, "follow"),
      () => this.#turn(reader, "mute"),
      () => this.#count(),
      () => world.deliverSome(1 + chance.below(30)),
      () => sound.evict(reader),
      () => home.forget(),
      () =>
        runInDurableObject(home, (_, state) => state.storage.deleteAll()).then(() =>
          sound.evict(reader),
        ),
      () => this.#look(reader),
    ];
    await chance.pick(changes)();
  }

  async #remove(): Promise<void> {
    const post = this.#somePost();
    if (post === undefined) return;
    this.touched.add(post.id);
    const { token } = post.author;
    await this.troubled.world.call("DELETE", `/v1/posts/${post.id}`, { token });
  }

  async #turn(reader: Session, what: "follow" | "mute"): Promise<void> {
    const other = this.#someone();
    if (other === reader) return;
    this.touched.add(other.user.id);
    const method = this.#chance.happens(0.5) ? "PUT" : "DELETE";
    const path = `/v1/users/${other.user.id}/${what}`;
    await this.troubled.world.call(method, path, { token: reader.token });
  }

  async #count(): Promise<void> {
    const post = this.#somePost();
    if (post === undefined) return;
    const counts = {
      likes: this.#chance.below(1_000),
      reposts: this.#chance.below(90),
      replies: 0,
    };
    await this.troubled.world.env.COUNTS.put(countsKey(post.id), JSON.stringify(counts));
  }

  async #look(reader: Session): Promise<void> {
    const items = Array.from({ length: 5 }, () => this.#somePost()).flatMap((post) =>
      post === undefined ? [] : [{ postId: post.id, dwellMs: this.#chance.below(9_000) }],
    );
    const { token } = reader;
    await this.troubled.world.call("POST", "/v1/timeline/impressions", { token, body: { items } });
  }

  #someone(): Session {
    return this.#chance.pick(this.people);
  }

  #somePost(): { id: string; author: Session } | undefined {
    return this.posts.length === 0 ? undefined : this.#chance.pick(this.posts);
  }
}

/** The author or reposter who brought an item into the timeline. */
function behind(item: TimelineItem, posts: ReadonlyMap<string, string>): string[] {
  const { id, author, replyTo } = item.post;
  const answered = replyTo === null ? [] : [posts.get(replyTo) ?? ""];
  return [id, author.id, item.reason.by?.id ?? "", ...answered];
}

it.each([
  ["everybody is pushed", "10000"],
  ["some are pulled", "8"],
])(
  `a ranked scroll shows the entries of the latest one, each once, during random changes: %s`,
  (_, threshold) =>
    withSeed(SEED, async () => {
      const chance = new Chance(SEED);
      const crowd = new Crowd(chance.fork(), threshold);
      await crowd.gather();
      const { troubled, people } = crowd;
      const { world } = troubled;
      const limitOf = () => chance.pick(LIMITS);
      let ranked = 0;
      for (let n = 0; n < SCROLLS; n++) {
        const reader = chance.pick(people);
        const before = await scrollAll(world, reader, "latest", () => 100);
        const authors = new Map(crowd.posts.map(({ id, author }) => [id, author.user.id]));
        crowd.touched = new Set();
        let pinned: readonly string[] | null = null;
        // Items that were shown before the ranked order ended.
        let ordered = 0;
        const shown = await scrollAll(world, reader, "ranked", limitOf, async (cursor) => {
          const position = decodeRanked(cursor);
          pinned ??= position?.waiting ?? [];
          if (position !== null && position.waiting.length > 0) ordered = position.shown;
          for (let m = 0; m < CHANGES_BETWEEN_PAGES; m++) await crowd.change(reader);
        });
        const posts = postsShown(shown);
        const said = `scroll ${n} of @${reader.user.handle}`;
        expect(posts.length, `${said}: each once`).toBe(new Set(posts).size);
        await troubled.quiesce();
        const after = await scrollAll(world, reader, "latest", () => 100);
        const stayed = new Set(postsShown(after));
        const due = before.filter(
          (item) =>
            stayed.has(item.post.id) && behind(item, authors).every((id) => !crowd.touched.has(id)),
        );
        const missing = postsShown(due).filter((id) => !posts.includes(id));
        expect(missing, `${said}: nothing that was there all the time is missing`).toEqual([]);
        const known = new Set(postsShown(before));
        const odd = shown.filter(
          (item) =>
            !known.has(item.post.id) && !behind(item, authors).some((id) => crowd.touched.has(id)),
        );
        expect(postsShown(odd), `${said}: nothing that came meanwhile is shown`).toEqual([]);
        const order: readonly string[] = pinned ?? [];
        const inOrder = posts.slice(0, ordered).filter((id) => order.includes(id));
        const followed = order.filter((id) => inOrder.includes(id));
        expect(inOrder, `${said}: in the order of the first page`).toEqual(followed);
        ranked += inOrder.length;

        const again = await scrollAll(world, reader, "ranked", limitOf);
        expect(postsShown(again).sort(), `${said}: the same set`).toEqual(postsShown(after).sort());
      }
      // How many there are depends on what arrives between two pages, and so on the machine.
      expect(ranked, "items that followed an order").toBeGreaterThan(0);
    }),
  300_000,
);
