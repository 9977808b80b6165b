import { expect, test } from "vitest";
import { ago, compact, counted, spans } from "./wording.ts";

const now = Date.parse("2026-06-15T12:00:00Z");

test("a time grows from minutes to a date", () => {
  expect(ago("2026-06-15T12:00:30Z", now)).toBe("now"); // the reader's clock is behind
  expect(ago("2026-06-15T11:59:30Z", now)).toBe("now");
  expect(ago("2026-06-15T11:55:00Z", now)).toBe("5m");
  expect(ago("2026-06-15T09:00:00Z", now)).toBe("3h");
  expect(ago("2026-06-09T11:00:00Z", now)).toBe("6d");
  expect(ago("2026-03-12T12:00:00Z", now)).toBe("Mar 12");
  expect(ago("2024-03-12T12:00:00Z", now)).toBe("Mar 12, 2024");
});

test("counts stay short and agree with their noun", () => {
  expect(compact(1_234)).toBe("1.2K");
  expect(counted(1, "reply", "replies")).toBe("1 reply");
  expect(counted(0, "post")).toBe("0 posts");
});

test("web addresses and mentions become links, and nothing else does", () => {
  expect(spans("see https://a.example/b?c=d, @Ada!")).toEqual([
    { kind: "text", text: "see " },
    { kind: "link", text: "a.example/b?c=d", href: "https://a.example/b?c=d" },
    { kind: "text", text: ", " },
    { kind: "mention", text: "@Ada", href: "/@ada" },
    { kind: "text", text: "!" },
  ]);
  for (const text of ["javascript:alert(1)", "me@host.example", "@ab", "plain", ""]) {
    expect(spans(text).every(({ kind }) => kind === "text")).toBe(true);
  }
});
