import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { idBucket } from "../../feed/ids.ts";
import { CROWD_FOLLOWERS, CROWD_REACTIONS } from "../../feed/limits.ts";
import type { Post, User } from "../../feed/wire.ts";
import { costsOf, installMeters } from "../../test/workerd/meters.ts";
import { World } from "../../test/workerd/world.ts";

beforeAll(installMeters);

const world = new World();

function shardOf(id: string): D1Database {
  return idBucket(id) % 2 === 0 ? env.DB_0 : env.DB_1;
}

it("a post with CROWD_REACTIONS likes is read from the store once, and is gone once it is deleted", async () => {
  const author = await world.account();
  const id = await world.post(author, "seen by everybody");
  const read = () => world.call<Post>("GET", `/v1/posts/${id}`);
  expect((await costsOf(world, read)).d1Queries).toBe(1);
  const update = shardOf(id).prepare("UPDATE posts SET likes = ? WHERE id = ?");
  await update.bind(CROWD_REACTIONS, id).run();
  expect((await costsOf(world, read)).d1Queries).toBe(1);
  expect((await costsOf(world, read)).d1Queries).toBe(0);
  expect((await read()).body.text).toBe("seen by everybody");
  await world.call("DELETE", `/v1/posts/${id}`, { token: author.token });
  expect((await read()).status).toBe(404);
  // Another isolate of the same data centre.
  const path = `/v1/posts/${id}`;
  expect((await new World().call("GET", path)).status).toBe(404);
});

it("the newest replies to a crowded post are read from the store once, until one of the readers replies", async () => {
  const author = await world.account();
  const id = await world.post(author, "a thread");
  const update = shardOf(id).prepare("UPDATE posts SET likes = ? WHERE id = ?");
  await update.bind(CROWD_REACTIONS, id).run();
  await world.post(author, "the first", id);
  await world.drain();
  const read = () => world.call<{ items: Post[] }>("GET", `/v1/posts/${id}/replies`);
  await read();
  expect((await costsOf(world, read)).d1Queries).toBe(0);
  expect((await read()).body.items.map(({ text }) => text)).toEqual(["the first"]);
  await world.post(author, "the second", id);
  await world.drain();
  expect((await read()).body.items.map(({ text }) => text)).toEqual(["the second", "the first"]);
});

it("an account with CROWD_FOLLOWERS followers is read from the store once, by id and by handle", async () => {
  const { user } = await world.account();
  const update = shardOf(user.id).prepare("UPDATE users SET followers = ? WHERE id = ?");
  await update.bind(CROWD_FOLLOWERS, user.id).run();
  for (const ref of [user.id, `@${user.handle}`]) {
    const read = () => world.call<User>("GET", `/v1/users/${ref}`);
    expect((await costsOf(world, read)).d1Queries).toBe(1);
    expect((await costsOf(world, read)).d1Queries).toBe(0);
    expect((await read()).body.counts.followers).toBe(CROWD_FOLLOWERS);
  }
});
