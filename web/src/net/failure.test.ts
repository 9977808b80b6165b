import { expect, test } from "vitest";
import { SkeinError } from "../../../client/src/errors.ts";
import { inWords } from "./failure.ts";

test("a refused field is explained in the page's words, not in the API's", () => {
  const fields = [{ path: "text", message: "no control characters" }];
  const words = inWords(new SkeinError("invalid_request", "Invalid.", { fields }));
  expect(words).toMatch(/^A post has 1 to 280 characters\./);
  expect(words).not.toMatch(/text:/);
});

test("a field that no form has is not named", () => {
  const fields = [{ path: "items.0.dwellMs", message: "too big" }];
  expect(inWords(new SkeinError("invalid_request", "Invalid.", { fields }))).toBe(
    "Something in it is not valid.",
  );
});
