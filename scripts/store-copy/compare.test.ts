import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import type { SkeinAdministration } from "../../client/src/skein-client.ts";
import { compare } from "./compare.ts";

const digest = (text: string) =>
  createHash("sha256").update(text).digest().subarray(0, 9).toString("base64");
const ROWS = Array.from({ length: 500 }, (_, n): [string, string] => [digest(`key ${n}`), `${n}`]);

/** A Skein with two stores of digests, ten per piece; counts how often a store is read from its start. */
function skeinOf(stores: Record<string, [string, string][]>) {
  let readings = 0;
  const reader: Pick<SkeinAdministration, "readDigests"> = {
    readDigests: ({ store, cursor }) => {
      if (cursor === null) readings++;
      const at = Number(cursor ?? 0);
      const all = stores[store] ?? [];
      const next = at + 10 < all.length ? String(at + 10) : null;
      const digests = all.slice(at, at + 10);
      return Promise.resolve({ ok: true, value: { digests, next } });
    },
  };
  return { reader, readings: () => readings };
}

const changed = ROWS.map(([key, row], n): [string, string] => [key, n % 100 === 0 ? "other" : row]);
const target = [
  ...changed.slice(20),
  ...changed.slice(20, 30),
  [digest("new"), "x"] as [string, string],
];

it.each([
  ["at once", 1_000, 2],
  ["in several passes", 100, 20],
])("compares a table %s", async (_, keysMax, readings) => {
  const skein = skeinOf({ d1: ROWS, upstash: target });
  const sides = { from: "d1", to: "upstash", table: "users" } as const;
  expect(await compare(skein.reader, sides, keysMax)).toEqual({
    rows: 500,
    missing: 20,
    different: 4,
    extra: 1,
  });
  expect(skein.readings()).toBeGreaterThanOrEqual(readings === 2 ? 2 : 16);
  expect(skein.readings()).toBeLessThanOrEqual(readings);
});
