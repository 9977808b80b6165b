import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FEATURE_COUNT, GROUPS } from "../../feed/rank/features.ts";
import { parseLogLine } from "../../feed/rank/training-log.ts";
import { ROOT } from "../project.ts";

const text = await readFile(join(ROOT, "docs/ranking.md"), "utf8");

it("training can read the example line of the log in docs/ranking.md", () => {
  const [, line = ""] = /```json\n(.*?)```/s.exec(text) ?? [];
  expect(parseLogLine(line)).toMatchObject({ ok: true });
});

it("docs/ranking.md has the right number of features and names all their groups", () => {
  expect(text).toContain(`${FEATURE_COUNT} numbers in eight groups`);
  const named = [...text.matchAll(/^\| (\w+) +\| [a-z][^|]*\|$/gm)].map(([, group]) => group);
  expect(named).toEqual(expect.arrayContaining([...GROUPS]));
});
