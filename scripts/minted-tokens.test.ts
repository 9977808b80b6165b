import { expect, test } from "vitest";
import { SkeinError } from "../client/src/errors.ts";
import type { Result } from "../client/src/errors.ts";
import type { Session } from "../client/src/wire.ts";
import { MintedTokens } from "./minted-tokens.ts";

const LIFE_MS = 15 * 60_000;

/** Tokens by a clock of the test, and what was made. */
function minted() {
  const made: string[] = [];
  const state = { nowMs: 0, failing: false };
  const mintToken = (handle: string): Promise<Result<Session>> => {
    if (state.failing) {
      return Promise.resolve({ ok: false, error: new SkeinError("unavailable", "busy") });
    }
    const token = `${handle} ${made.length + 1}`;
    made.push(token);
    const user = {
      ...{ id: handle, handle, name: handle, bio: "", avatarUrl: null, celebrity: false },
      createdAt: new Date(0).toISOString(),
      counts: { posts: 0, followers: 0, following: 0 },
    };
    const expiresAt = new Date(state.nowMs + LIFE_MS).toISOString();
    return Promise.resolve({ ok: true, value: { token, expiresAt, user } });
  };
  const tokens = new MintedTokens({ mintToken }, () => state.nowMs);
  return { tokens, made, state };
}

test("a token is made once while it lasts, also for callers at once", async () => {
  const { tokens, made, state } = minted();
  const got = await Promise.all([tokens.of("ada"), tokens.of("ada"), tokens.of("ben")]);
  expect(got).toEqual(["ada 1", "ada 1", "ben 2"]);
  state.nowMs = LIFE_MS / 2;
  expect(await tokens.of("ada")).toBe("ada 1");
  expect(made).toHaveLength(2);
});

test("a token is made again before it expires, once for callers at once", async () => {
  const { tokens, made, state } = minted();
  await tokens.of("ada");
  for (let hours = 1; hours <= 3; hours++) {
    state.nowMs = hours * 60 * 60_000;
    const got = await Promise.all([tokens.of("ada"), tokens.of("ada")]);
    expect(new Set(got)).toEqual(new Set([`ada ${hours + 1}`]));
  }
  expect(made).toHaveLength(4);
  state.nowMs += LIFE_MS - 60_000;
  expect(await tokens.of("ada")).toBe("ada 5");
});

test("a call that failed is repeated by the next one who asks", async () => {
  const { tokens, state } = minted();
  state.failing = true;
  await expect(tokens.of("ada")).rejects.toThrow("busy");
  state.failing = false;
  expect(await tokens.of("ada")).toBe("ada 1");
});
