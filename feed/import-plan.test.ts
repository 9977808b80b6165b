import { describe, expect, it } from "vitest";
import {
  type ImportKind,
  IMPORT_STATEMENTS_EACH,
  IMPORT_STEPS,
  ImportPlan,
  kindOf,
} from "./import-plan.ts";
import {
  IMPORT_CHUNK_LINES,
  IMPORT_CHUNK_MAX_CHARS,
  IMPORT_STATEMENTS_MAX,
} from "./limits-import.ts";

/** Lines of a kind that one request writes, and the statements that they cost. */
function request(kind: ImportKind, shards: number): { lines: number; statements: number } {
  const calls = (owners: number) => Math.min(owners, shards);
  const plan = new ImportPlan(calls);
  let [lines, statements] = [0, 0];
  for (;;) {
    let chunk = 0;
    while (plan.fits(kind, 100)) {
      plan.add(kind, 100);
      chunk++;
    }
    if (chunk === 0) return { lines, statements };
    lines += chunk;
    statements += IMPORT_STEPS[kind] * calls(chunk) + IMPORT_STATEMENTS_EACH[kind] * chunk;
    plan.spend();
  }
}

describe("the plan of an import's request", () => {
  it.each([1, 2, 5, 64, 1024])("keeps to the bound of statements with %i shards", (shards) => {
    for (const kind of ["user", "profile", "follow", "post", "reaction"] as const) {
      const { lines, statements } = request(kind, shards);
      expect(statements).toBeLessThanOrEqual(IMPORT_STATEMENTS_MAX);
      const each = IMPORT_STEPS[kind] + IMPORT_STATEMENTS_EACH[kind];
      expect(lines).toBeGreaterThanOrEqual(Math.floor(IMPORT_STATEMENTS_MAX / each));
    }
  });

  it("writes thousands of lines with few shards, whose objects fit an invocation's 10,000 calls", () => {
    expect(request("user", 1).lines).toBeGreaterThanOrEqual(80 * IMPORT_CHUNK_LINES);
    for (const kind of ["post", "reaction"] as const) {
      const { lines } = request(kind, 1);
      expect(lines).toBeGreaterThanOrEqual(2 * IMPORT_CHUNK_LINES);
      expect(2 * lines).toBeLessThan(9_000);
    }
  });

  it("ends a chunk at its most characters", () => {
    const plan = new ImportPlan(() => 1);
    plan.add("post", IMPORT_CHUNK_MAX_CHARS - 10);
    expect(plan.fits("post", 10)).toBe(true);
    expect(plan.fits("post", 11)).toBe(false);
    plan.spend();
    expect(plan.fits("post", 11)).toBe(true);
  });

  it("names the kinds of lines", () => {
    const at = "2024-05-01T09:30:00Z";
    expect(kindOf({ user: { handle: "ada" } })).toBe("user");
    expect(kindOf({ follow: ["ada", "bob"] })).toBe("follow");
    expect(kindOf({ post: { key: "k", author: "ada", text: "t", at } })).toBe("post");
    expect(kindOf({ like: ["ada", "k"] })).toBe("reaction");
    expect(kindOf({ repost: ["ada", "k", at] })).toBe("reaction");
  });
});
