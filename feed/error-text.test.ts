import { describe, expect, it } from "vitest";
import { errorStack, errorText, pathText } from "./error-text.ts";
import { ERROR_TEXT_MAX_CHARS } from "./limits.ts";

describe("errorText", () => {
  it("keeps what failed and drops the statement and its parameters", () => {
    const cause = new Error("D1_ERROR: Network connection lost.");
    const error = new Error(
      'Failed query: select "id" from "users" where "handle" = ?\nparams: ada@example.org,secret',
      { cause },
    );
    expect(errorText(error)).toBe(
      "Error: a query failed; Error: D1_ERROR: Network connection lost.",
    );
  });

  it("drops addresses, quoted texts and tokens", () => {
    for (const message of [
      "no account ada@example.org",
      'Unexpected token in JSON: "my private words" at 3',
      "it read 'my private words' instead",
      "bad `my private words`",
      "token eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl refused",
      "sent Bearer abcdef.ghi",
      "shard 1: x params: my private words",
      'can\'t decode, command was: ["set","it\'s my private words"]',
      "it's \"my private words\",'s",
      `Unexpected token 'm', "my "private" words" is not valid JSON`,
      'cut off: "my private wo',
    ]) {
      expect(errorText(new Error(message))).not.toMatch(/example|private|eyJ|abcdef/);
    }
  });

  it("names an error once, though others wrap it, and has a bounded length", () => {
    class Unreachable extends Error {
      override readonly name = "Unreachable";
    }
    const inner = new Error("gone");
    const outer = new Unreachable("home timeline X: Error: gone", { cause: inner });
    expect(errorText(outer)).toBe("Unreachable: home timeline X: Error: gone");
    expect(errorText(new Error("x".repeat(10_000)))).toHaveLength(ERROR_TEXT_MAX_CHARS);
    expect(errorText("plain")).toBe("plain");
    expect(errorText({ secret: 1 })).toBe("something that is no error was thrown");
  });
});

it("errorStack has the lines of code and no raw message", () => {
  const text = errorStack(new Error('parsing "private words"'));
  expect(text).toContain("error-text.test.ts");
  expect(text).not.toContain("private");
});

it("errorStack leaves out a line of the message that looks like one of code", () => {
  const text = errorStack(new Error("Failed query: insert\nparams: lunch\n    at Joe's, call me"));
  expect(text).toContain("error-text.test.ts");
  expect(text).not.toContain("Joe");
});

it("pathText drops names", () => {
  expect(pathText("/v1/users/@ada@example.org/posts")).toBe("/v1/users/@…/posts");
  expect(pathText("/v1/users/%40ada%40example.org/posts")).toBe("/v1/users/@…/posts");
  expect(pathText("/v1/users/ada@example.org")).toBe("/v1/users/@…");
  expect(pathText("/v1/posts/1GB3Q7N8K0000000")).toBe("/v1/posts/1GB3Q7N8K0000000");
});
