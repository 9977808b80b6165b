import { expect, it } from "vitest";
import { differences } from "./documented-costs.ts";

const DOCUMENT = `Text | with a bar

| what   | rows | calls |
| ------ | ---- | ----- |
| a post | 4    | 1     |
| a like | 6.2  | 3     |
| a page | 3102 | 1     |

| what   | rows | seconds |
| ------ | ---- | ------- |
| a post | 9    | 9       |
`;

it("names the rows of a document that differ from what was counted, in the document's columns", () => {
  const columns = ["what", "calls", "keys", "rows"];
  expect(differences(DOCUMENT, columns, [["a post", 1, 0, 4]])).toEqual([]);
  expect(differences(DOCUMENT, columns, [["a post", 2, 0, 4]])).toEqual(["| a post | 4 | 2 |"]);
  expect(
    differences(DOCUMENT, columns, [
      ["a like", 3, 0, 6.5],
      ["a page", 1, 1, 3104],
    ]),
  ).toEqual([]);
  expect(differences(DOCUMENT, columns, [["a page", 1, 1, 3202]])).toEqual([
    "| a page | 3202 | 1 |",
  ]);
  expect(differences(DOCUMENT, columns, [["a like", 3, 0, 8.2]])).toEqual(["| a like | 8.2 | 3 |"]);
});
