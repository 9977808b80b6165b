/** Passwords under attack: what is tried for one handle, and a flood of sign-ins. */
import { scryptSync } from "node:crypto";
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import {
  PASSWORD_HASHES_IN_FLIGHT,
  SIGN_IN_ATTEMPTS_PER_HANDLE,
  SIGN_IN_ATTEMPTS_WINDOW_MS,
} from "../../feed/limits-protection.ts";
import { bucketOfHandle } from "../../feed/ids.ts";
import type { Problem } from "../../feed/wire.ts";
import { countingLimit } from "../../test/workerd/doubles.ts";
import { World } from "../../test/workerd/world.ts";

const PASSWORD = "correct horse";

function signIn(world: World, handle: string, password: string, address: string) {
  return world.call<Problem>("POST", "/v1/sessions", {
    body: { handle, password },
    headers: { "cf-connecting-ip": address },
  });
}

/** A stored hash of the password that is checked in no time: its cost is in it. */
const CHEAP_HASH = `scrypt$2$1$1$${btoa("salt")}$${scryptSync(PASSWORD, "salt", 32, { N: 2, r: 1, p: 1 }).toString("base64")}`;

describe("the password of one handle", () => {
  it("is not tried any more after so many attempts from 60 addresses, one by one and 45 at once", async () => {
    const world = new World({ RATE_LIMITS: "on", LIMIT_SIGN_IN: countingLimit(10) });
    for (const handle of ["besieged", "neighbour"]) {
      const id = world.deps.drawId(bucketOfHandle(handle));
      const account = { id, handle, name: handle, passwordHash: CHEAP_HASH };
      expect(await world.deps.store.accounts.create(account)).not.toBe("handle_taken");
    }
    const attempt = async (n: number) => {
      const handle = n % 2 === 0 ? "besieged" : "BESIEGED";
      const { status, headers } = await signIn(world, handle, `guess ${n}`, `198.51.100.${n}`);
      return { status, waitS: Number(headers.get("retry-after")) };
    };
    const answers = [];
    for (let n = 0; n < 15; n++) answers.push(await attempt(n));
    answers.push(...(await Promise.all(Array.from({ length: 45 }, (_, n) => attempt(15 + n)))));
    const checked = answers.filter(({ status }) => status === 401);
    expect(checked).toHaveLength(SIGN_IN_ATTEMPTS_PER_HANDLE);
    const refused = answers.filter(({ status }) => status === 429);
    expect(checked.length + refused.length).toBe(60);
    for (const { waitS } of refused) {
      expect(waitS).toBeGreaterThan(0);
      expect(waitS).toBeLessThanOrEqual(SIGN_IN_ATTEMPTS_WINDOW_MS / 1000);
    }
    // Nobody finds out by the answer whether the password that was tried last is the right one.
    expect((await signIn(world, "besieged", PASSWORD, "203.0.113.77")).status).toBe(429);
    expect((await signIn(world, "neighbour", PASSWORD, "203.0.113.77")).status).toBe(201);
  });

  it("is not tried more often when its object was evicted, until the window is over", async () => {
    const hasher = env.PASSWORD_HASHER.getByName("evicted");
    const attempt = () => hasher.check("ada", "something else", CHEAP_HASH, true);
    for (let n = 0; n < SIGN_IN_ATTEMPTS_PER_HANDLE; n++) await attempt();
    await evictDurableObject(hasher);
    expect((await attempt()).status).toBe("too_many_attempts");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + SIGN_IN_ATTEMPTS_WINDOW_MS });
    await runDurableObjectAlarm(hasher);
    const rows = await runInDurableObject(hasher, (_, { storage }) =>
      storage.sql.exec("SELECT * FROM attempts").toArray(),
    );
    expect(rows).toEqual([]);
    expect((await attempt()).status).toBe("checked");
    vi.useRealTimers();
  });

  it("may be tried again once the right one was", async () => {
    const hasher = env.PASSWORD_HASHER.getByName("forgetful");
    for (let round = 0; round < 2; round++) {
      for (let n = 1; n < SIGN_IN_ATTEMPTS_PER_HANDLE; n++) {
        const wrong = await hasher.check("ada", "something else", CHEAP_HASH, true);
        expect(wrong).toEqual({ status: "checked", matches: false });
      }
      const right = await hasher.check("ada", PASSWORD, CHEAP_HASH, true);
      expect(right).toEqual({ status: "checked", matches: true });
    }
  });
});

describe("a flood of sign-ins", () => {
  it("hashes no more than the bound, is answered 503 beyond it, and pages are served meanwhile", async () => {
    const world = new World({
      RATE_LIMITS: "on",
      PASSWORD_HASHERS: "1",
      LIMIT_SIGN_IN: countingLimit(1_000),
    });
    const ada = await world.account();
    await world.post(ada, "hello");
    const flood = Array.from({ length: 100 }, (_, n) =>
      signIn(world, `nobody_${n}`, "a long enough guess", `198.51.100.${n}`),
    );
    let isOver = false;
    const over = Promise.all(flood).finally(() => (isOver = true));
    let servedMeanwhile = 0;
    while (servedMeanwhile < 3) {
      expect(await world.scroll(ada)).toHaveLength(1);
      if (isOver) break;
      servedMeanwhile++;
    }
    expect(servedMeanwhile).toBeGreaterThan(0);
    const answers = await over;
    const hashed = answers.filter(({ status }) => status === 401);
    const refused = answers.filter(({ status }) => status === 503);
    // Some more than fit at once, because the first ones are done while the last ones arrive.
    expect(hashed.length).toBeGreaterThanOrEqual(PASSWORD_HASHES_IN_FLIGHT);
    expect(hashed.length).toBeLessThanOrEqual(2 * PASSWORD_HASHES_IN_FLIGHT);
    expect(hashed.length + refused.length).toBe(answers.length);
    for (const { body, headers } of refused) {
      expect(body.code).toBe("unavailable");
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });
});
