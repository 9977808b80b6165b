/** Passwords under attack: what is tried for one handle, and a flood of sign-ins. */
import { describe, expect, it } from "vitest";
import {
  PASSWORD_HASHES_IN_FLIGHT,
  SIGN_IN_ATTEMPTS_PER_HANDLE,
  SIGN_IN_ATTEMPTS_WINDOW_MS,
} from "../../feed/limits-protection.ts";
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

describe("the password of one handle", () => {
  it("is not tried any more after so many attempts, from 60 addresses and in any case", async () => {
    const LIMIT_SIGN_IN = countingLimit(10);
    const world = new World({ RATE_LIMITS: "on", LIMIT_SIGN_IN });
    const create = (handle: string, from: string) =>
      world.call("POST", "/v1/accounts", {
        body: { handle, password: PASSWORD },
        headers: { "cf-connecting-ip": from },
      });
    expect((await create("besieged", "192.0.2.1")).status).toBe(201);
    expect((await create("neighbour", "192.0.2.1")).status).toBe(201);
    const statuses: number[] = [];
    for (let n = 0; n < 60; n++) {
      const handle = n % 2 === 0 ? "besieged" : "BESIEGED";
      const answer = await signIn(world, handle, `guess ${n} of many`, `198.51.100.${n}`);
      statuses.push(answer.status);
      if (answer.status !== 429) continue;
      const waitS = Number(answer.headers.get("retry-after"));
      expect(waitS).toBeGreaterThan(0);
      expect(waitS).toBeLessThanOrEqual(SIGN_IN_ATTEMPTS_WINDOW_MS / 1000);
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(SIGN_IN_ATTEMPTS_PER_HANDLE);
    expect(statuses.slice(SIGN_IN_ATTEMPTS_PER_HANDLE).every((status) => status === 429)).toBe(
      true,
    );
    // Nobody finds out by the answer whether the password that was tried last is the right one.
    expect((await signIn(world, "besieged", PASSWORD, "203.0.113.77")).status).toBe(429);
    expect((await signIn(world, "neighbour", PASSWORD, "203.0.113.77")).status).toBe(201);
  });

  it("is tried no more often by 30 sign-ins at once at the cap", async () => {
    const world = new World({ RATE_LIMITS: "on", LIMIT_SIGN_IN: countingLimit(1_000) });
    const statuses: number[] = [];
    const round = async (count: number) => {
      const tried = Array.from({ length: count }, (_, n) =>
        signIn(world, "rushed", `guess ${n} of many`, `198.51.100.${n}`),
      );
      statuses.push(...(await Promise.all(tried)).map(({ status }) => status));
    };
    for (let n = 0; n < SIGN_IN_ATTEMPTS_PER_HANDLE - 1; n++) await round(1);
    await round(30);
    await round(30);
    expect(statuses.filter((status) => status === 401)).toHaveLength(SIGN_IN_ATTEMPTS_PER_HANDLE);
  });

  it("may be tried again once the right one was", async () => {
    const world = new World({ RATE_LIMITS: "on", LIMIT_SIGN_IN: countingLimit(1_000) });
    const body = { handle: "forgetful", password: PASSWORD };
    await world.call("POST", "/v1/accounts", { body });
    for (let round = 0; round < 2; round++) {
      for (let n = 1; n < SIGN_IN_ATTEMPTS_PER_HANDLE; n++) {
        expect((await signIn(world, "forgetful", "something else", "192.0.2.2")).status).toBe(401);
      }
      expect((await signIn(world, "forgetful", PASSWORD, "192.0.2.2")).status).toBe(201);
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
