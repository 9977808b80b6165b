/** How a viewer steers their ranked order: kept with the account, applied to the next page, explained. */
import { describe, expect, it } from "vitest";
import type { Session } from "../../feed/wire.ts";
import type { Ranking } from "../../feed/wire-ranking.ts";
import { TASTES_MAX } from "../../feed/limits-ranking.ts";
import { homeOf } from "./homes.ts";
import { page, postsShown } from "./ranked.ts";
import { World } from "./world.ts";

const USUAL = { fresh: 1, close: 1, popular: 1, tastes: [] };

async function scene() {
  const world = new World();
  const reader = await world.account();
  const authors: Session[] = [];
  for (let n = 0; n < 8; n++) authors.push(await world.account());
  await world.import(authors.map(({ user }) => ({ follow: [reader.user.handle, user.handle] })));
  const posts: { id: string; author: string }[] = [];
  for (let n = 0; n < 40; n++) {
    const author = authors[n % 8] ?? reader;
    posts.push({ id: await world.post(author, `number ${n}`), author: author.user.id });
  }
  await world.drain();
  await world.scroll(reader);
  const { token } = reader;
  const taste = (id: string, kind: string | null) =>
    world.call<{ taste: string | null }>("PUT", `/v1/posts/${id}/taste`, {
      token,
      body: { taste: kind },
    });
  const ranking = async () => (await world.call<Ranking>("GET", "/v1/me/ranking", { token })).body;
  /** The mean place of an author's posts on the first page of forty. */
  const placeOf = async (author: string) => {
    const { items } = await page(world, reader, { limit: 40 });
    const places = items.flatMap(({ post }, n) => (post.author.id === author ? [n] : []));
    return places.reduce((sum, place) => sum + place, 0) / places.length;
  };
  return { world, reader, token, posts, taste, ranking, placeOf };
}

describe("a taste", () => {
  it("moves its author in the next page, is explained there, and is taken back", async () => {
    const { world, reader, posts, taste, ranking, placeOf } = await scene();
    const [post] = posts;
    if (post === undefined) throw new Error("there is no post");
    const before = await placeOf(post.author);
    expect((await taste(post.id, "more")).body).toEqual({ taste: "more" });
    expect(await placeOf(post.author)).toBeLessThan(before);
    await taste(post.id, "less");
    expect(await placeOf(post.author)).toBeGreaterThan(before);
    const { items } = await page(world, reader, { limit: 40, explain: true });
    const why = items.find((item) => item.post.author.id === post.author)?.why;
    expect(why?.reasons.map(({ kind, by }) => [kind, by?.id])).toContainEqual([
      "askedLess",
      post.author,
    ]);
    expect(why?.adjustments).toContainEqual(expect.objectContaining({ kind: "less", factor: 0.5 }));
    expect((await ranking()).tastes).toEqual([
      { postId: post.id, authorId: post.author, taste: "less" },
    ]);
    expect((await taste(post.id, null)).body).toEqual({ taste: null });
    expect(await ranking()).toEqual(USUAL);
    expect(await placeOf(post.author)).toBe(before);
  });

  it("about a post that is gone can be taken back, but not given", async () => {
    const { posts, taste, ranking } = await scene();
    const [post] = posts;
    await taste(post?.id ?? "", "less");
    expect((await taste("0000000000000000", "more")).status).toBe(404);
    expect((await taste("0000000000000000", null)).status).toBe(200);
    expect((await ranking()).tastes).toHaveLength(1);
  });

  it("is one of at most a hundred, also if they come at the same time", async () => {
    const { posts, taste, ranking } = await scene();
    const answers = await Promise.all(posts.slice(0, 6).map(({ id }) => taste(id, "more")));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    const { tastes } = await ranking();
    expect(new Set(tastes.map(({ postId }) => postId)).size).toBe(6);
    expect(tastes.length).toBeLessThanOrEqual(TASTES_MAX);
  });
});

describe("the sliders", () => {
  it("are kept with the account, apply to the next page and survive a rebuild and an eviction", async () => {
    const { world, reader, token, posts, ranking } = await scene();
    const [liked] = posts;
    const sliders = { fresh: 0, close: 2, popular: 0.5 };
    const set = await world.call<Ranking>("PUT", "/v1/me/ranking", { token, body: sliders });
    expect(set.body).toEqual({ ...sliders, tastes: [] });
    expect(await ranking()).toEqual({ ...sliders, tastes: [] });
    const steeringOf = () =>
      homeOf(reader.user.id)
        .home.rankingContext([liked?.id ?? ""], [])
        .then(({ steering }) => steering?.sliders);
    expect(await steeringOf()).toEqual(sliders);
    await world.evict(reader);
    expect(await steeringOf()).toEqual(sliders);
  });

  it("reach a timeline that lost everything, when it is rebuilt from the store", async () => {
    const { world, reader, ranking } = await scene();
    const sliders = { fresh: 2, close: 1, popular: 0 };
    const document = JSON.stringify({ version: Date.now(), sliders, tastes: [] });
    // As if the call of the timeline had failed.
    const { accounts } = world.deps.store;
    expect(await accounts.replaceSteering(reader.user.id, "", document)).toBe(true);
    expect(await ranking()).toEqual({ ...sliders, tastes: [] });
    await homeOf(reader.user.id).home.forget();
    await page(world, reader, {});
    const { steering } = await homeOf(reader.user.id).home.rankingContext([], []);
    expect(steering?.sliders).toEqual(sliders);
  });

  it("and tastes go back to the usual in one call, and the order with them", async () => {
    const { world, reader, token, posts, taste, ranking } = await scene();
    // Time alone changes an order, too.
    const nowMs = Date.now();
    world.deps.nowMs = () => nowMs;
    const before = postsShown((await page(world, reader, { limit: 40 })).items);
    await taste(posts[3]?.id ?? "", "less");
    const body = { fresh: 0, close: 0, popular: 2 };
    await world.call("PUT", "/v1/me/ranking", { token, body });
    const steered = postsShown((await page(world, reader, { limit: 40 })).items);
    expect(steered).not.toEqual(before);
    expect((await world.call("DELETE", "/v1/me/ranking", { token })).body).toEqual(USUAL);
    expect(await ranking()).toEqual(USUAL);
    expect(postsShown((await page(world, reader, { limit: 40 })).items)).toEqual(before);
  });

  it("leave every page exact: a scroll shows each post once", async () => {
    const { world, reader, token, posts } = await scene();
    await world.call("PUT", "/v1/me/ranking", {
      token,
      body: { fresh: 2, close: 2, popular: 2 },
    });
    const shown: string[] = [];
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const { items, next } = await page(world, reader, { limit: 7, cursor });
      shown.push(...postsShown(items));
      cursor = next;
    }
    expect(shown.sort()).toEqual(posts.map(({ id }) => id).sort());
  });
});
