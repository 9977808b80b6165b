/** Copying a Skein from D1 to Redis and back: rows, timelines and counts stay the same. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Account } from "../../../db/store.ts";
import { TABLES } from "../../../db/rows.ts";
import type { Session } from "../../../feed/wire.ts";
import { modeJobs } from "../../../feed/delivery/new-jobs.ts";
import { homeOf } from "../../workerd/homes.ts";
import { checkCounts } from "../../workerd/recount.ts";
import { World } from "../../workerd/world.ts";
import { emptyRedis } from "./databases.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });
vi.spyOn(console, "warn").mockImplementation(() => undefined);

const ACCOUNTS = 30;
const POSTS = 600;
const ATTEMPTS_MAX = 3;

const onD1 = new World({ STORE: "d1" });
const onRedis = new World({ STORE: "upstash" });
const people: Session[] = [];
const person = (n: number): Session => {
  const session = people[n % people.length];
  if (session === undefined) throw new Error("the test has no accounts");
  return session;
};

const admin = { authorization: `Bearer ${onD1.env.ADMIN_TOKEN}` };

/** Calls the admin API, and retries when a store was slow, as the command does. */
async function callAdmin<T>(path: string, body: unknown, at = onD1, attempt = 1): Promise<T> {
  const answer = await at.call<T>("POST", path, { headers: admin, body });
  if (answer.status === 503 && attempt < ATTEMPTS_MAX)
    return callAdmin(path, body, at, attempt + 1);
  if (answer.status !== 200) throw new Error(`${path}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

interface Piece {
  rows: number;
  digests: [string, string][];
  next: string | null;
}

/** Copies all rows, through the Skein that does not use the store that is overwritten. */
async function copyStore(from: string, to: string): Promise<number> {
  const [at, whileOpen] = [to === "d1" ? onRedis : onD1, true];
  let rows = 0;
  for (const table of TABLES) {
    let cursor: string | null = null;
    do {
      const body = { from, to, table, cursor, whileOpen };
      const piece: Piece = await callAdmin("/v1/admin/store/copy", body, at);
      rows += piece.rows;
      cursor = piece.next;
    } while (cursor !== null);
  }
  return rows;
}

/** The digests of all rows of a store, by table and by digest of the row's key. */
async function digestsOf(store: string): Promise<Map<string, Map<string, string>>> {
  const all = new Map<string, Map<string, string>>();
  for (const table of TABLES) {
    const rows = new Map<string, string>();
    let cursor: string | null = null;
    do {
      const piece: Piece = await callAdmin("/v1/admin/store/digests", { store, table, cursor });
      for (const [key, row] of piece.digests) rows.set(key, row);
      cursor = piece.next;
    } while (cursor !== null);
    all.set(table, rows);
  }
  return all;
}

/** The profile, followers and timeline of every account, after each timeline was rebuilt from the store. */
async function viewsIn(world: World): Promise<unknown[]> {
  const views: unknown[] = [];
  for (const one of people) {
    await homeOf(one.user.id).home.forget();
    const { body } = await world.call("GET", `/v1/users/${one.user.id}`, { token: one.token });
    const list = await world.call("GET", `/v1/users/${one.user.id}/followers?limit=100`, {
      token: one.token,
    });
    views.push([body, list.body, await world.scroll(one)]);
  }
  return views;
}

const pulled = (): Session => person(1);
const migrating = (): Session => person(4);

async function accountIn(world: World, { user }: Session): Promise<Account> {
  const account = (await world.deps.store.accounts.byIds([user.id])).get(user.id);
  if (account === undefined) throw new Error(`the store has no account ${user.id}`);
  return account;
}

/** Makes an author pulled. @param acknowledged false leaves the author migrating */
async function promote(author: Session, acknowledged: boolean): Promise<void> {
  const account = await accountIn(onD1, author);
  const jobs = modeJobs(account, onD1.deps.newId(account.id));
  await onD1.deps.store.modes.beginEpoch(account.id, 0, jobs);
  for (const job of acknowledged ? jobs : []) await onD1.deps.store.modes.acknowledgeEpoch(job);
}

beforeAll(async () => {
  await emptyRedis();
  for (let n = 0; n < ACCOUNTS; n++) people.push(await onD1.account());
  const { body } = await onD1.call<Session>("POST", "/v1/accounts", {
    body: { handle: "with_password", password: "long enough", name: "OK 😀" },
  });
  people.push(body);
  for (let n = 0; n < 300; n++) {
    const [a, b] = [person(n), person(n * 7 + 1 + Math.floor(n / 31))];
    if (a !== b) await onD1.follow(a, b);
  }
  const posts: string[] = [];
  for (let n = 0; n < POSTS; n++) {
    posts.push(await onD1.post(person(n), n % 9 === 0 ? "OK" : `\\ "${n}"\n😀`, posts[n - 40]));
  }
  const headers = { "idempotency-key": 'a key: "odd"' };
  const { token } = person(3);
  await onD1.call("POST", "/v1/posts", { token, headers, body: { text: "with a key" } });
  for (let n = 0; n < 200; n++) {
    const kind = n % 3 === 0 ? "repost" : "like";
    const path = `/v1/posts/${posts[n * 2]}/${kind}`;
    await onD1.call("PUT", path, { token: person(n * 5 + 2).token });
    if (n % 10 === 0) await onD1.call("DELETE", path, { token: person(n * 5 + 2).token });
  }
  for (let n = 0; n < 20; n++) {
    const target = person(n * 3 + 1).user.id;
    const sending = { token: person(n * 3).token };
    await onD1.call("PUT", `/v1/users/${target}/${n % 2 === 0 ? "mute" : "block"}`, sending);
    await onD1.call("DELETE", `/v1/posts/${posts[n * 11]}`, person(n * 11));
    const items = [{ postId: posts[n] ?? "", dwellMs: n }];
    const path = "/v1/timeline/impressions";
    await onD1.call("POST", path, { token: person(n).token, body: { items } });
  }
  await onD1.drain();
  await promote(pulled(), true);
  await promote(migrating(), false);
  // Jobs that wait in the outbox, and dead letters.
  for (let n = 0; n < 5; n++) await onD1.post(person(n), "its fan-out waits");
  onD1.loseMessages();
  await onD1.handOver([{ body: { v: 9, kind: "of tomorrow" } }, { body: "garbage" }]);
});

describe("npm run store:copy", () => {
  let before: Map<string, Map<string, string>>;

  it("copies every row of every table from D1 to Redis", async () => {
    before = await digestsOf("d1");
    for (const [table, rows] of before) expect(rows.size, table).toBeGreaterThan(0);
    const total = [...before.values()].reduce((sum, rows) => sum + rows.size, 0);
    expect(await copyStore("d1", "upstash")).toBe(total);
    expect(await digestsOf("upstash")).toEqual(before);
  });

  it("copies the changes since the last copy when it runs again", async () => {
    await onD1.follow(person(0), person(9), false);
    await onD1.follow(person(2), person(11));
    await onD1.scroll(person(4));
    before = await digestsOf("d1");
    await copyStore("d1", "upstash");
    expect(await digestsOf("upstash")).toEqual(before);
  });

  it("shows every account the same after the copy, and Skein keeps working on Redis", async () => {
    const views = await viewsIn(onD1);
    await copyStore("d1", "upstash");
    expect(await viewsIn(onRedis)).toEqual(views);
    expect((await checkCounts(onRedis)).corrected).toEqual([]);
    expect(await accountIn(onRedis, pulled())).toMatchObject({ epoch: 1, migrating: false });
    expect(await accountIn(onRedis, migrating())).toMatchObject({ epoch: 1, migrating: true });
    const [author, reader] = [person(5), person(6)];
    await onRedis.follow(reader, author);
    const post = await onRedis.post(author, "written to Redis");
    await onRedis.sweep(60 * 60 * 1000);
    await onRedis.drain();
    expect((await onRedis.scroll(reader))[0]).toBe(post);
    // The followers have acknowledged; the author has so few of them that posts are pushed again.
    expect(await accountIn(onRedis, migrating())).toMatchObject({ epoch: 2, migrating: false });
    const { status } = await onRedis.call("POST", "/v1/sessions", {
      body: { handle: "with_password", password: "long enough" },
    });
    expect(status).toBe(201);
  });

  it("refuses to copy into the store in use, or out of the store of an open Skein", async () => {
    const table = { table: "users", cursor: null };
    const path = "/v1/admin/store/copy";
    const into = { from: "upstash", to: "d1", ...table, whileOpen: true };
    expect((await onD1.call("POST", path, { headers: admin, body: into })).status).toBe(400);
    const open = { from: "d1", to: "upstash", ...table };
    expect((await onD1.call("POST", path, { headers: admin, body: open })).status).toBe(400);
    const closed = new World({ STORE: "d1", CLOSED: "on" });
    expect((await closed.call("POST", path, { headers: admin, body: open })).status).toBe(200);
  });

  it("copies every row back from Redis to D1", async () => {
    const onRedisNow = await digestsOf("upstash");
    for (const shard of [onD1.env.DB_0, onD1.env.DB_1]) {
      const tables = await shard
        .prepare(
          "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name <> 'd1_migrations'",
        )
        .all<{ name: string }>();
      await shard.batch(tables.results.map(({ name }) => shard.prepare(`DELETE FROM ${name}`)));
    }
    await copyStore("upstash", "d1");
    expect(await digestsOf("d1")).toEqual(onRedisNow);
    const views = await viewsIn(onRedis);
    await copyStore("upstash", "d1");
    expect(await viewsIn(onD1)).toEqual(views);
  });
});
