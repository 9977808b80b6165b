import { expect, it } from "vitest";
import { differences } from "./documented-costs.ts";

const DOCUMENT = `Text | with a bar

| what   | rows read | calls |
| ------ | --------- | ----- |
| a post | 40        | 1     |
| a like | 6.2       | 3     |
| a page | 3102      | 1     |

| what   | rows | seconds |
| ------ | ---- | ------- |
| a post | 9    | 9       |
`;

it("names the rows of a document that differ from what was counted, in the document's columns", () => {
  const columns = ["what", "calls", "keys", "rows read"];
  expect(differences(DOCUMENT, columns, [["a post", 1, 0, 43]])).toEqual([]);
  expect(differences(DOCUMENT, columns, [["a post", 2, 0, 40]])).toEqual(["| a post | 40 | 2 |"]);
  const others = [
    ["a like", 3, 0, 6.5],
    ["a page", 1, 1, 3104],
    ["a report", 1, 1, 1],
  ];
  expect(differences(DOCUMENT, columns, others)).toEqual([]);
  expect(differences(DOCUMENT, columns, [["a page", 1, 1, 4202]])).toEqual([
    "| a page | 4202 | 1 |",
  ]);
  expect(differences(DOCUMENT, columns, [["a like", 3.9, 0, 6.2]])).toEqual([
    "| a like | 6.2 | 3.9 |",
  ]);
});
