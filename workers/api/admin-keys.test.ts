/** Keys of administrators: what each scope allows, how they end, and the log of their uses. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { AdministrationStore } from "../../durable-objects/administration/store.ts";
import { ADMIN_SCOPES, type AdminScope } from "../../feed/admin-access.ts";
import {
  ADMIN_KEY_TTL_MAX_MS,
  ADMIN_KEYS_MAX,
  ADMIN_PASSED_MS,
  ADMIN_USE_MERGED_MS,
  ADMIN_USES_KEPT_MS,
  ADMIN_USES_MAX,
} from "../../feed/limits-protection.ts";
import type { Problem } from "../../feed/wire.ts";
import { countingLimit } from "../../test/workerd/doubles.ts";
import { World } from "../../test/workerd/world.ts";

interface Made {
  key: { id: string; name: string; scopes: string[]; expiresAt: string };
  token: string;
}
interface Uses {
  items: { by: string; operation: string; subject: string | null; times: number }[];
  next: string | null;
}

const ROOT = { token: env.ADMIN_TOKEN };

function makeKey<T = Made>(world: World, scopes: readonly string[], more: object = {}) {
  return world.call<T>("POST", "/v1/admin/keys", { ...ROOT, body: { scopes, ...more } });
}

/** Another isolate, which remembers no key. */
const elsewhere = () => new World();

describe("a key", () => {
  it("opens the calls of its scopes, and no other operation of administrators", async () => {
    const world = new World();
    const { paths } = await world.document();
    const operations = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { security }]) => ({
        method: method.toUpperCase(),
        path,
        documented: security?.[0]?.["adminToken"],
      })),
    );
    const ours = operations.filter(({ path }) => /^\/(v1\/admin\/|metrics)/.test(path));
    expect(ours.length).toBeGreaterThan(14);
    const opened = new Map<string, AdminScope[]>();
    for (const scope of ADMIN_SCOPES) {
      const { body: made } = await makeKey(world, [scope]);
      for (const { method, path } of ours) {
        const address = path
          .replace("{user}", "@nobody")
          .replace("{id}", "none")
          .replace("{handle}", "nobody");
        const { status } = await world.call(method, address, {
          token: made.token,
          body: undefined,
        });
        expect(status, `${method} ${path}`).not.toBe(401);
        const name = `${method} ${path}`;
        opened.set(name, [...(opened.get(name) ?? []), ...(status === 403 ? [] : [scope])]);
      }
    }
    const scopesOf = (path: string) =>
      [...opened].filter(([name]) => name.endsWith(` ${path}`)).flatMap(([, scopes]) => scopes);
    expect(scopesOf("/metrics")).toEqual(["metrics"]);
    expect(scopesOf("/v1/admin/figures")).toEqual(["metrics"]);
    expect(scopesOf("/v1/admin/import")).toEqual(["import"]);
    expect(scopesOf("/v1/admin/tokens")).toEqual(["mint"]);
    expect([...scopesOf("/v1/admin/keys"), ...scopesOf("/v1/admin/keys/{id}")]).toEqual([]);
    const named = /(metrics|figures|import|tokens|keys|keys\/\{id\})$/;
    for (const [name, scopes] of [...opened].filter(([each]) => !named.test(each))) {
      expect(scopes, name).toEqual(["operate"]);
    }
    // The document names the scope that a call needs.
    for (const { method, path, documented } of ours) {
      expect(documented, `${method} ${path}`).toEqual(opened.get(`${method} ${path}`));
    }
  });

  it("may have several scopes and a name, is listed without its token, and ends everywhere", async () => {
    const world = new World();
    const { body: made } = await makeKey(world, ["mint", "metrics"], { name: "a dashboard" });
    expect(made.key).toMatchObject({ name: "a dashboard", scopes: ["metrics", "mint"] });
    const { body: list } = await world.call<{ items: Made["key"][] }>(
      "GET",
      "/v1/admin/keys",
      ROOT,
    );
    expect(list.items.find(({ id }) => id === made.key.id)).toEqual(made.key);
    expect(JSON.stringify(list)).not.toContain(made.token.slice(-20));
    const read = (from: World) => from.call("GET", "/v1/admin/figures", { token: made.token });
    expect((await read(world)).status).toBe(200);
    const address = `/v1/admin/keys/${made.key.id}`;
    expect((await world.call("DELETE", address, ROOT)).status).toBe(204);
    expect((await world.call("DELETE", address, ROOT)).status).toBe(404);
    expect((await read(elsewhere())).status).toBe(401);
  });

  it("is stored as a hash alone", async () => {
    const { body: made } = await makeKey(new World(), ["import"]);
    const stored = await runInDurableObject(
      env.ADMINISTRATION.getByName("administration"),
      (_, { storage }) => JSON.stringify(storage.sql.exec("SELECT * FROM keys").toArray()),
    );
    expect(stored).toContain(made.key.id);
    expect(stored).not.toContain(made.token.slice(-43));
  });

  it("is refused with another's secret, a changed one, or as the ADMIN_TOKEN's beginning", async () => {
    const world = new World();
    const [{ body: one }, { body: other }] = [
      await makeKey(world, ["metrics"]),
      await makeKey(world, ["metrics"]),
    ];
    const wrong = [
      one.token.slice(0, -43) + other.token.slice(-43),
      `${one.token}x`,
      one.token.slice(0, -1),
      one.token.toUpperCase(),
      `skein-admin-${"0".repeat(16)}-${"A".repeat(43)}`,
    ];
    for (const token of wrong) {
      expect((await world.call("GET", "/v1/admin/figures", { token })).status).toBe(401);
    }
  });

  it("expires, and is given no longer than a year", async () => {
    const world = new World();
    const soonMs = Date.now() + 1_500;
    const { body: made } = await makeKey(world, ["metrics"], {
      expiresAt: new Date(soonMs).toISOString(),
    });
    expect(made.key.expiresAt).toBe(new Date(soonMs).toISOString());
    await expect
      .poll(
        async () =>
          (await elsewhere().call("GET", "/v1/admin/figures", { token: made.token })).status,
        { timeout: 20_000, interval: 200 },
      )
      .toBe(401);
    for (const ms of [Date.now() - 1, Date.now() + ADMIN_KEY_TTL_MAX_MS + 60_000]) {
      const expiresAt = new Date(ms).toISOString();
      const refused = await makeKey<Problem>(world, ["metrics"], { expiresAt });
      expect([refused.status, refused.body.code]).toEqual([400, "invalid_request"]);
    }
    expect((await makeKey(world, [])).status).toBe(400);
    expect((await makeKey(world, ["metrics", "metrics"])).status).toBe(400);
    expect((await makeKey(world, ["root"])).status).toBe(400);
  });

  it("is remembered by an isolate for a minute at most, and is limited like a sign-in until then", async () => {
    expect(ADMIN_PASSED_MS).toBeLessThanOrEqual(60_000);
    const LIMIT_SIGN_IN = countingLimit(3);
    const world = new World({ RATE_LIMITS: "on", LIMIT_SIGN_IN });
    const { body: made } = await makeKey(world, ["metrics"]);
    const read = (token: string) => world.call("GET", "/v1/admin/figures", { token });
    for (let n = 0; n < 10; n++) expect((await read(made.token)).status).toBe(200);
    const guess = made.token.slice(0, -3);
    expect((await read(`${guess}AAA`)).status).toBe(401);
    for (const end of ["BBB", "CCC"]) expect((await read(guess + end)).status).toBe(429);
    expect((await read(made.token)).status).toBe(200);
  });

  it("is one of at most a hundred, by 30 calls at once at the cap", async () => {
    const world = new World();
    const { body: before } = await world.call<{ items: unknown[] }>("GET", "/v1/admin/keys", ROOT);
    const room = ADMIN_KEYS_MAX - before.items.length;
    for (let n = 0; n < room - 1; n++) await makeKey(world, ["metrics"]);
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => makeKey<Problem>(world, ["metrics"])),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(({ body }) => body.code))).toEqual(new Set(["limit_reached"]));
  });
});

describe("the log of administrators", () => {
  const uses = async (world: World) =>
    (await world.call<Uses>("GET", "/v1/admin/uses", ROOT)).body.items;

  it("has every use but reads, by whom, and the account of a token", async () => {
    const world = new World();
    const ada = await world.account();
    await world.call("GET", "/v1/admin/figures", ROOT);
    await world.call("POST", "/v1/admin/dead-letters/retry", ROOT);
    await world.call("DELETE", "/v1/admin/rank-log/viewers/@somebody", ROOT);
    const items = await uses(world);
    expect(items[0]).toMatchObject({
      by: "root",
      operation: "DELETE /v1/admin/rank-log/viewers/@…",
      subject: null,
    });
    expect(items[1]).toMatchObject({ operation: "POST /v1/admin/dead-letters/retry" });
    const minted = items.find(({ operation }) => operation === "POST /v1/admin/tokens");
    expect(minted).toMatchObject({ by: "root", subject: ada.user.id, times: 1 });
    expect(items.some(({ operation }) => operation.startsWith("GET"))).toBe(false);
    expect(JSON.stringify(items)).not.toContain(ada.user.handle);
  });

  it("refuses a use that it cannot note, which then is not done", async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the Worker needs of it
    const ADMINISTRATION = {
      getByName: () => ({ record: () => Promise.reject(new Error("down")) }),
    } as unknown as Env["ADMINISTRATION"];
    const world = new World({ ADMINISTRATION });
    const body = { handle: "nobody_yet" };
    await new World().import([{ user: body }]);
    const { status } = await world.call("POST", "/v1/admin/tokens", { ...ROOT, body });
    expect(status).toBe(503);
    expect((await world.call("GET", "/v1/admin/dead-letters", ROOT)).status).toBe(200);
  });

  it("merges equal uses of a minute, and keeps the newest of each administrator for 90 days", async () => {
    const kept = await runInDurableObject(
      env.ADMINISTRATION.getByName("another"),
      (_, { storage }) => {
        const store = new AdministrationStore(storage.sql);
        const use = (by: string) => ({ by, operation: "POST /x", subject: null, requestId: "r" });
        let nowMs = 1_000_000;
        store.record(use("quiet"), nowMs);
        for (let n = 0; n < 3; n++) store.record(use("busy"), nowMs + n);
        const merged = store.uses(Number.MAX_SAFE_INTEGER, 9).map(({ by, times }) => [by, times]);
        for (let n = 0; n < ADMIN_USES_MAX + 50; n++) {
          nowMs += ADMIN_USE_MERGED_MS;
          store.record(use("busy"), nowMs);
        }
        const all = store.uses(Number.MAX_SAFE_INTEGER, 10_000).map(({ by }) => by);
        store.record(use("busy"), nowMs + ADMIN_USES_KEPT_MS + 1);
        const left = store.uses(Number.MAX_SAFE_INTEGER, 10_000).map(({ by }) => by);
        return { merged, all, left };
      },
    );
    expect(kept.merged).toEqual([
      ["busy", 3],
      ["quiet", 1],
    ]);
    expect(kept.all.filter((by) => by === "busy")).toHaveLength(ADMIN_USES_MAX);
    expect(kept.all).toContain("quiet");
    expect(kept.left).not.toContain("quiet");
  });
});
