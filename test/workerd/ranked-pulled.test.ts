/** Ranked pages of viewers who follow many celebrities. */
import { expect, it } from "vitest";
import { decodeRanked } from "../../feed/cursor.ts";
import { RANK_CANDIDATES_MAX, RANK_PULLED_MAX } from "../../feed/limits.ts";
import type { Session } from "../../feed/wire.ts";
import { page, postsShown } from "./ranked.ts";
import { World } from "./world.ts";

const AUTHORS = 9;
/** Posts of each celebrity, followed by replies that only followers of a stranger see. */
const POSTS = 15;
const REPLIES = 25;

it("a ranked page shows visible posts although celebrities wrote more hidden replies, and later", async () => {
  expect(AUTHORS * REPLIES).toBeGreaterThan(RANK_PULLED_MAX);
  expect(AUTHORS * POSTS).toBeGreaterThan(RANK_CANDIDATES_MAX);
  const world = new World({ CELEBRITY_THRESHOLD: "1" });
  const reader = await world.account();
  const stranger = await world.account();
  const answered = await world.post(stranger, "to whom everybody has something to say");
  const authors: Session[] = [];
  for (let n = 0; n < AUTHORS; n++) {
    const author = await world.account();
    await world.follow(reader, author);
    authors.push(author);
  }
  await world.drain();
  const belonging = new Set<string>();
  for (let n = 0; n < POSTS; n++) {
    for (const author of authors) belonging.add(await world.post(author, `number ${n}`));
  }
  for (let n = 0; n < REPLIES; n++) {
    for (const author of authors) {
      const body = { text: `answer ${n}`, replyTo: answered };
      await world.call("POST", "/v1/posts", { token: author.token, body });
    }
  }
  await world.drain();

  const { items, next } = await page(world, reader, { limit: 20 });
  const ranked = [...postsShown(items), ...(decodeRanked(next ?? "")?.waiting ?? [])];
  expect(ranked).toHaveLength(RANK_CANDIDATES_MAX);
  expect(ranked.filter((id) => !belonging.has(id))).toEqual([]);
});
