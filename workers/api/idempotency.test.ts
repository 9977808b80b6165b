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

it("gives the same post again for the same key and body, and nothing else happens", async () => {
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

it("refuses the same key for another text or another parent", async () => {
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

it("keeps the keys of accounts apart, and other keys too", async () => {
  const [ada, bob] = [await world.account(), await world.account()];
  const longest = "k".repeat(128);
  const ids = [
    await publish(ada, longest, { text: "hello" }),
    await publish(bob, longest, { text: "another text" }),
    await publish(ada, longest.slice(1), { text: "hello" }),
  ].map(({ body }) => body.id);
  expect(new Set(ids).size).toBe(3);
});

it("makes one post of duplicates that come at the same time", async () => {
  const ada = await world.account();
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => publish(ada, "at once", { text: "hello" })),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
  expect(await world.scroll(ada)).toHaveLength(1);
});

it("lets one of several bodies win that come with one key at the same time", async () => {
  const ada = await world.account();
  const answers = await Promise.all(
    Array.from({ length: 6 }, (_, n) => publish(ada, "contested", { text: `version ${n}` })),
  );
  expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([
    201, 409, 409, 409, 409, 409,
  ]);
  expect(await world.scroll(ada)).toHaveLength(1);
});

it("honours a key for 24 hours and no longer", async () => {
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

it("does not bring back a post that has been deleted", async () => {
  const ada = await world.account();
  const { body: post } = await publish(ada, "a key", { text: "hello" });
  await world.call("DELETE", `/v1/posts/${post.id}`, { token: ada.token });
  const again = await publish<Problem>(ada, "a key", { text: "hello" });
  expect([again.status, again.body.code]).toEqual([404, "not_found"]);
  expect(await world.scroll(ada)).toEqual([]);
});

it("gives a reply again whose parent has been deleted since", async () => {
  const [ada, bob] = [await world.account(), await world.account()];
  const replyTo = await world.post(bob, "a question");
  const first = await publish(ada, "a key", { text: "an answer", replyTo });
  await world.call("DELETE", `/v1/posts/${replyTo}`, { token: bob.token });
  const again = await publish(ada, "a key", { text: "an answer", replyTo });
  expect([again.status, again.body]).toEqual([201, first.body]);
});

it("remembers no key of a request that was refused", async () => {
  const ada = await world.account();
  await publish(ada, "a key", { text: "" });
  await publish(ada, "a key", { text: "an answer", replyTo: "00000000000000ZZ" });
  expect((await publish(ada, "a key", { text: "hello" })).status).toBe(201);
});
