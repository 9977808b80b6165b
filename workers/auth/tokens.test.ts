import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { Session, User } from "../../feed/wire.ts";
import { badTokens, signToken } from "../../test/workerd/bad-tokens.ts";
import { watchedDatabase } from "../../test/workerd/doubles.ts";
import { World } from "../../test/workerd/world.ts";

function readMe<T = User>(world: World, token: string) {
  return world.call<T>("GET", "/v1/me", { token });
}

describe("a token of Skein", () => {
  it("is good until it expires, and not after", async () => {
    const world = new World({ ACCESS_TOKEN_TTL_S: "600" });
    const { deps } = world;
    const startedMs = Date.now();
    const ada = await world.account();
    expect((await readMe(world, ada.token)).status).toBe(200);
    expect(Date.parse(ada.expiresAt) - startedMs).toBeLessThan(602_000);
    // As it would have been made long enough ago.
    for (const [agoS, status] of [
      [590, 200],
      [601, 401],
    ] as const) {
      deps.nowMs = () => startedMs - agoS * 1000;
      const old = await world.account(`made_${agoS}_s_ago`);
      expect((await readMe(world, old.token)).status).toBe(status);
    }
  });

  it("is checked without asking a store", async () => {
    let queries = 0;
    const watched = (real: D1Database) => watchedDatabase(real, () => queries++);
    const world = new World({ DB_0: watched(env.DB_0), DB_1: watched(env.DB_1) });
    const ada = await world.account();
    await world.post(ada, "hello");
    await world.scroll(ada);
    expect(queries).toBeGreaterThan(0);
    queries = 0;
    expect(await world.scroll(ada)).toHaveLength(1);
    for (const token of Object.values(await badTokens(world.deps.config.SIGNING_KEY, ada))) {
      const path = "/v1/timeline?order=latest";
      expect((await world.call("GET", path, { token })).status).toBe(401);
    }
    expect(queries).toBe(0);
  });
});

describe("signing keys", () => {
  const first = btoa("the first key, of more than thirty-two bytes");
  const second = btoa("the second key, of more than thirty-two bytes");
  const withKeys = (signing: string, other?: string): World =>
    new World({
      SIGNING_KEY: signing,
      ...(other === undefined ? {} : { OTHER_SIGNING_KEY: other }),
    });

  /** Uses tokens of all given Workers at each of them. @returns the statuses */
  async function statuses(worlds: readonly World[], tokens: readonly string[]): Promise<number[]> {
    const calls = worlds.flatMap((world) => tokens.map((token) => readMe(world, token)));
    return (await Promise.all(calls)).map(({ status }) => status);
  }

  it("are replaced in two steps without a refused token, whichever Worker has made and reads it", async () => {
    const before = withKeys(first);
    const ada = await before.account();
    const steps = [before, withKeys(first, second), withKeys(second, first), withKeys(second)];
    const tokens: string[] = [];
    for (const world of steps) tokens.push((await world.session(ada.user.handle)).token);
    for (const [n, world] of steps.entries()) {
      // While one step is deployed, some isolates are still at the one before.
      const deployed = steps.slice(Math.max(0, n - 1), n + 1);
      const living = tokens.slice(Math.max(0, n - 1), n + 1);
      expect(new Set(await statuses(deployed, living))).toEqual(new Set([200]));
      expect((await readMe(world, tokens[n] ?? "")).status).toBe(200);
    }
    const last = steps.slice(-1);
    expect(await statuses(last, tokens)).toEqual([401, 401, 200, 200]);
  });

  it("of which a token names none are tried in turn, as for tokens of earlier versions", async () => {
    const world = withKeys(second, first);
    const ada: Session = await world.account();
    for (const key of [first, second]) {
      const bytes = Uint8Array.from(atob(key), (char) => char.charCodeAt(0));
      const old = await signToken(bytes, { sub: ada.user.id });
      expect((await readMe(world, old)).status).toBe(200);
    }
    const other = new TextEncoder().encode("a third key, also of more than 32 bytes");
    expect((await readMe(world, await signToken(other, { sub: ada.user.id }))).status).toBe(401);
  });
});
