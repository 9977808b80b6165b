/** What the parents of replies add to a warm page: nothing. */
import { beforeAll, expect, it, vi } from "vitest";
import type { Session, Timeline } from "../../feed/wire.ts";
import { costsOf, installMeters } from "./meters.ts";
import { World } from "./world.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

beforeAll(installMeters);

async function page(world: World, viewer: Session): Promise<Timeline> {
  const path = "/v1/timeline?order=latest";
  return (await world.call<Timeline>("GET", path, { token: viewer.token })).body;
}

it("a warm page of replies with their parents reads what a page without replies does", async () => {
  const world = new World();
  const { author, readers } = await world.audience(1);
  const [reader] = readers;
  if (reader === undefined) throw new Error("one was made");
  const first = await world.post(author, "the first");
  await world.post(author, "one more");
  await world.drain();
  await page(world, reader);
  const plain = await costsOf(world, () => page(world, reader));
  const replies = [await world.post(author, "a", first), await world.post(author, "b", first)];
  await world.drain();
  const { items } = await page(world, reader);
  const shown = items.filter(({ post }) => replies.includes(post.id));
  expect(shown.map(({ post }) => post.parent?.text)).toEqual(["the first", "the first"]);
  const costs = await costsOf(world, () => page(world, reader));
  expect(costs.d1Queries).toBe(0);
  expect(costs.objectCalls).toBe(plain.objectCalls);
  // A read for each post on the page, and none for a parent.
  expect(costs.kvReads - plain.kvReads).toBe(items.length - 2);
});
