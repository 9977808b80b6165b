import { expect, it } from "vitest";
import { foldHandle, HANDLE_PATTERN } from "./handle.ts";

it("a handle's ASCII capitals become lower case, and no other letter becomes ASCII", () => {
  expect(foldHandle("Ada_L")).toBe("ada_l");
  for (const lookalike of ["\u212Aelvin", "\u0130stanbul", "\uFF21da"]) {
    expect(foldHandle(lookalike)).not.toMatch(HANDLE_PATTERN);
  }
});
