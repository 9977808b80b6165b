import { expect, test } from "vitest";
import { SkeinError } from "../../client/src/errors.ts";
import { Tokens } from "./tokens.ts";

const LIVES_MS = 15 * 60_000;
let nowMs = 0;
let minted = 0;
const administration = {
  mintToken: () =>
    Promise.resolve({
      ok: true as const,
      value: {
        token: `token ${++minted}`,
        expiresAt: new Date(nowMs + LIVES_MS).toISOString(),
      },
    }),
};

test("a token is made once, and anew in the last minute of its life", async () => {
  const tokens = new Tokens(administration, () => nowMs);
  expect(await Promise.all([tokens.of("ann"), tokens.of("ann")])).toEqual(["token 1", "token 1"]);
  nowMs = LIVES_MS - 61_000;
  expect(await tokens.of("ann")).toBe("token 1");
  nowMs = LIVES_MS - 60_000;
  expect(await tokens.of("ann")).toBe("token 2");
});

test("a token that could not be made is made the next time", async () => {
  let fails = true;
  const tokens = new Tokens({
    mintToken: (handle) =>
      fails
        ? Promise.resolve({ ok: false, error: new SkeinError("unavailable", handle) })
        : administration.mintToken(),
  });
  await expect(tokens.of("ann")).rejects.toThrow("ann");
  fails = false;
  expect(await tokens.of("ann")).toMatch(/^token/);
});
