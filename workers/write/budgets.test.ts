/** Daily budgets at their caps, which hold however many calls come at once. */
import { describe, expect, it } from "vitest";
import { NEW_ACCOUNT_DAILY_BUDGETS } from "../../feed/limits-protection.ts";
import type { Problem, Session, Timeline } from "../../feed/wire.ts";
import { countingLimit } from "../../test/workerd/doubles.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

const CALLS = 30;

/** A world in which nothing but the budgets bounds an account. */
function budgetedWorld(changed: Partial<Env> = {}): World {
  const all = countingLimit(1_000_000);
  const limits = { LIMIT_ADDRESS: all, LIMIT_WRITES: all, LIMIT_READS: all, LIMIT_ARCHIVE: all };
  return new World({ RATE_LIMITS: "on", LIMIT_SIGN_IN: all, ...limits, ...changed });
}

function post(world: World, { token }: Session, n: number) {
  return world.call<Problem>("POST", "/v1/posts", { token, body: { text: `number ${n}` } });
}

describe("30 calls at once with a budget for one", () => {
  it("publish one post, and the others are refused until the day ends", async () => {
    const world = budgetedWorld();
    const ada = await world.account();
    await world.home(ada).spendBudget({ writes: NEW_ACCOUNT_DAILY_BUDGETS.writes - 1 });
    const before = await countRows(world, "posts");
    const answers = await Promise.all(Array.from({ length: CALLS }, (_, n) => post(world, ada, n)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(CALLS - 1);
    expect(await countRows(world, "posts")).toBe(before + 1);
    for (const { body, headers } of refused) {
      expect(body.code).toBe("rate_limited");
      expect(Number(headers.get("retry-after"))).toBeLessThanOrEqual(24 * 60 * 60);
    }
    // The budget is stored with the account: it is used up after the object was evicted, too.
    await world.evict(ada);
    expect((await post(world, ada, 0)).status).toBe(429);
    // Pages are still served, and others may go on.
    expect(await world.scroll(ada)).toHaveLength(1);
    expect((await post(world, await world.account(), 0)).status).toBe(201);
  });

  it("make one follow, one block or one like, which are writes as well", async () => {
    const world = budgetedWorld();
    const bob = await world.account();
    const id = await world.post(bob, "hello");
    const targets: Session[] = [];
    for (let n = 0; n < CALLS; n++) targets.push(await world.account());
    for (const path of [
      (n: number) => `/v1/users/${targets[n]?.user.id}/follow`,
      (n: number) => `/v1/users/${targets[n]?.user.id}/block`,
      () => `/v1/posts/${id}/like`,
    ]) {
      const ada = await world.account();
      await world.home(ada).spendBudget({ writes: NEW_ACCOUNT_DAILY_BUDGETS.writes - 1 });
      const answers = await Promise.all(
        targets.map((_, n) => world.call("PUT", path(n), { token: ada.token })),
      );
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([200, ...Array.from({ length: CALLS - 1 }, () => 429)]);
    }
  });

  it("change a profile once, also to what it is", async () => {
    const world = budgetedWorld();
    const ada = await world.account();
    await world.home(ada).spendBudget({ writes: NEW_ACCOUNT_DAILY_BUDGETS.writes - 1 });
    const answers = await Promise.all(
      Array.from({ length: CALLS }, () =>
        world.call<Problem>("PATCH", "/v1/me", { token: ada.token, body: { bio: "hello" } }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: CALLS - 1 }, () => 429)]);
  });

  it("read one page below the hot window", async () => {
    const LIMIT_ARCHIVE = countingLimit(1_000);
    const world = budgetedWorld({ TIMELINE_MAX: "2", LIMIT_ARCHIVE });
    const ada = await world.account();
    for (let n = 0; n < 5; n++) await world.post(ada, `number ${n}`);
    const page = (cursor: string) =>
      world.call<Timeline>("GET", `/v1/timeline?order=latest&limit=2${cursor}`, ada);
    const first = await page("");
    const below = `&cursor=${first.body.next}`;
    const left = NEW_ACCOUNT_DAILY_BUDGETS.archivePages - LIMIT_ARCHIVE.keys.length;
    await world.home(ada).spendBudget({ archivePages: left - 1 });
    const answers = await Promise.all(Array.from({ length: CALLS }, () => page(below)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([200, ...Array.from({ length: CALLS - 1 }, () => 429)]);
    expect((await world.call("GET", "/v1/timeline?order=latest&limit=1", ada)).status).toBe(200);
  });
});

describe("the budget of deliveries", () => {
  it("is spent by the followers that a post or a repost reaches", async () => {
    const world = budgetedWorld();
    const { author, readers } = await world.audience(2);
    const deliveries = NEW_ACCOUNT_DAILY_BUDGETS.deliveries - 3;
    await world.drain();
    await world.home(author).spendBudget({ deliveries });
    const [reader] = readers;
    const id = await world.post(reader ?? author, "to nobody");
    const repost = () => world.call("PUT", `/v1/posts/${id}/repost`, { token: author.token });
    const statuses = [(await post(world, author, 1)).status, (await repost()).status];
    expect(statuses).toEqual([201, 200]);
    expect((await post(world, author, 2)).status).toBe(429);
    const rename = (body: object) => world.call("PATCH", "/v1/me", { token: author.token, body });
    expect((await rename({ name: "Another name" })).status).toBe(429);
    // A biography is delivered to nobody, and a like is not either.
    expect((await rename({ bio: "hello" })).status).toBe(200);
    const like = await world.call("PUT", `/v1/posts/${id}/like`, { token: author.token });
    expect(like.status).toBe(200);
  });
});
