import { expect, it } from "vitest";
import { makeId } from "./ids.ts";
import { oldestSession, refreshParts, refreshToken } from "./sessions.ts";

const account = makeId(Date.UTC(2026, 0, 1), 7, 77);
const parts = {
  account,
  session: makeId(Date.UTC(2026, 5, 1), 7, 77),
  family: "f".repeat(22),
  secret: "-_s".repeat(14),
};

it("a refresh token has the parts that it was made of", () => {
  expect(refreshParts(refreshToken(parts))).toEqual(parts);
});

it.each([
  ["an empty text", ""],
  ["three parts", refreshToken(parts).split(".").slice(1).join(".")],
  ["five parts", `${refreshToken(parts)}.more`],
  ["an account that is no id", refreshToken({ ...parts, account: "nobody" })],
  ["a session that is no id", refreshToken({ ...parts, session: "none" })],
  ["a short secret", refreshToken({ ...parts, secret: "short" })],
  ["a secret with another character", refreshToken({ ...parts, secret: "s+".repeat(14) })],
  ["an access token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"],
])("%s is no refresh token", (_, text) => {
  expect(refreshParts(text)).toBeNull();
});

it("the oldest session of an account is older than the account, and the account's own", () => {
  expect(oldestSession(account) < account).toBe(true);
  expect(oldestSession(account)).not.toBe(oldestSession(makeId(0, 7, 78)));
});
