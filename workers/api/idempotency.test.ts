import { expect, it } from "vitest";
import type { Post, Problem, Session } from "../../feed/wire.ts";
import { IDEMPOTENCY_TTL_MS } from "../../feed/limits.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

const world = new World();

function publish<T = Post>(
  author: Session,
  key: string,
  body: Record<string, unknown>,
  where = world,
) {
  return where.call<T>("POST", "/v1/posts", {
    token: author.token,
    body,
    headers: { "idempotency-key": key },
  });
}

it("a repeated request with the same key and body answers the same post and changes nothing", async () => {
  const [ada, bob] = [await world.account(), await world.account()];
  await world.follow(bob, ada);
  const first = await publish(ada, "a key", { text: "hello" });
  const { sent } = world;
  const posts = await countRows(world, "posts");
  for (const text of ["hello", "  hello\n"]) {
    const again = await publish(ada, "a key", { text });
    expect([again.status, again.body]).toEqual([201, first.body]);
  }
  expect(await countRows(world, "posts")).toBe(posts);
  expect(world.sent).toBe(sent);
  await world.drain();
  expect(await world.scroll(bob)).toEqual([first.body.id]);
});

it("a key is refused for another text or another parent", async () => {
  const ada = await world.account();
  const parent = await world.post(ada, "a question");
  await publish(ada, "a key", { text: "hello" });
  const posts = await countRows(world, "posts");
  for (const body of [{ text: "hello!" }, { text: "hello", replyTo: parent }]) {
    const { status, body: problem } = await publish<Problem>(ada, "a key", body);
    expect([status, problem.code]).toEqual([409, "idempotency_conflict"]);
  }
  expect(await countRows(world, "posts")).toBe(posts);
});

it("another key, or another account's same key, makes a post of its own", async () => {
  const [ada, bob] = [await world.account(), await world.account()];
  const longest = "k".repeat(128);
  const ids = [
    await publish(ada, longest, { text: "hello" }),
    await publish(bob, longest, { text: "another text" }),
    await publish(ada, longest.slice(1), { text: "hello" }),
  ].map(({ body }) => body.id);
  expect(new Set(ids).size).toBe(3);
});

it("concurrent duplicates make one post", async () => {
  const ada = await world.account();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => publish(ada, "at once", { text: "hello" })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(await world.scroll(ada)).toHaveLength(1);
});

it("one of several concurrent bodies with one key wins", async () => {
  const ada = await world.account();
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => publish(ada, "contested", { text: `version ${n}` })),
  );
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
    201, 409, 409, 409, 409, 409,
  ]);
  expect(await world.scroll(ada)).toHaveLength(1);
});

it("a key is valid for 24 hours and no longer", async () => {
  const later = new World();
  const ada = await later.account();
  const { body: first } = await publish(ada, "a key", { text: "hello" }, later);
  const startedMs = Date.parse(first.createdAt);
  later.deps.nowMs = () => startedMs + IDEMPOTENCY_TTL_MS - 1000;
  expect((await publish(ada, "a key", { text: "hello" }, later)).body.id).toBe(first.id);
  expect((await publish(ada, "a key", { text: "other" }, later)).status).toBe(409);
  later.deps.nowMs = () => startedMs + IDEMPOTENCY_TTL_MS + 1000;
  const { status, body } = await publish(ada, "a key", { text: "other" }, later);
  expect(status).toBe(201);
  expect(body.id).not.toBe(first.id);
});

it("a repeated request does not restore a deleted post", async () => {
  const ada = await world.account();
  const { body: post } = await publish(ada, "a key", { text: "hello" });
  await world.call("DELETE", `/v1/posts/${post.id}`, { token: ada.token });
  const again = await publish<Problem>(ada, "a key", { text: "hello" });
  expect([again.status, again.body.code]).toEqual([410, "gone"]);
  expect(await world.scroll(ada)).toEqual([]);
});

it("a repeated request answers a reply whose parent was deleted since", async () => {
  const [ada, bob] = [await world.account(), await world.account()];
  const replyTo = await world.post(bob, "a question");
  const first = await publish(ada, "a key", { text: "an answer", replyTo });
  await world.call("DELETE", `/v1/posts/${replyTo}`, { token: bob.token });
  const again = await publish(ada, "a key", { text: "an answer", replyTo });
  expect([again.status, again.body]).toEqual([201, { ...first.body, parent: null }]);
});

it("a refused request uses up no key", async () => {
  const ada = await world.account();
  await publish(ada, "a key", { text: "" });
  await publish(ada, "a key", { text: "an answer", replyTo: "00000000000000ZZ" });
  expect((await publish(ada, "a key", { text: "hello" })).status).toBe(201);
});
