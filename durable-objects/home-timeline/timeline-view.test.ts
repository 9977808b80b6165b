import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import { unpack } from "./packed.ts";
import { idsOf, postsOf } from "../../test/entries.ts";
import { newHome, newUser, shownBy, warm } from "../../test/workerd/homes.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

function prototypeOf<T extends object>(value: T): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it has the same methods
  return Object.getPrototypeOf(value) as T;
}

it("asks its storage about each author once, not about each entry", async () => {
  const { home } = newHome();
  const follows = [newUser(), newUser(), newUser()];
  const entries = follows.flatMap((author) => postsOf(author, 100));
  await warm(home, { follows, entries });
  await evictDurableObject(home);
  const answered = await runInDurableObject(home, (timeline, { storage }) => {
    const exec = vi.spyOn(prototypeOf(storage.sql), "exec");
    const page = timeline.readListed([], entries.at(-1)?.id ?? "");
    return { page, queries: exec.mock.calls.length };
  });
  if (answered.page.status === "cold") throw new Error("the timeline is cold");
  expect(unpack(answered.page).entries).toEqual([]);
  expect(answered.queries).toBeGreaterThan(0);
  expect(answered.queries).toBeLessThan(30);
});

it("shows whom its owner follows as of now, whatever it knew before", async () => {
  const { home } = newHome();
  const author = newUser();
  const entries = postsOf(author, 3);
  await warm(home, { follows: [author], entries, version: 1 });
  const all = idsOf(entries).reverse();
  expect((await shownBy(home)).ids).toEqual(all);
  await home.setFollow({ author, version: 2, following: false });
  expect((await shownBy(home)).ids).toEqual([]);
  await home.setFollow({ author, version: 3, following: true });
  await home.backfill({ author, version: 3, slice: { entries, horizon: "" } });
  expect((await shownBy(home)).ids).toEqual(all);
});

it("answers a page of the same size whoever has blocked its owner, and still hides them", async () => {
  const { home } = newHome();
  const [friend, enemy] = [newUser(), newUser()];
  await warm(home, { follows: [friend], entries: postsOf(friend, 3) });
  await home.setEpoch(newUser(), { epoch: 1 });
  const query = { top: null, below: null, limit: 20 };
  const size = async () => JSON.stringify(await home.readWindow(query)).length;
  const before = await size();
  await runInDurableObject(home, (_, { storage }) => {
    storage.sql.exec(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000)
       INSERT INTO hidden (user, kind, version, active) SELECT 'user ' || i, 'blocked_by', 1, 1 FROM n`,
    );
  });
  await home.setRelation({ target: enemy, kind: "blocked_by", version: 1, active: true });
  expect(await size()).toBe(before);
  expect(await home.viewerReactions([], [friend, enemy])).toMatchObject({ hidden: [enemy] });
});
