import { expect, it } from "vitest";
import { idsOf, postsOf } from "../../test/entries.ts";
import { newUser } from "../../test/workerd/homes.ts";
import { pack, unpack } from "./packed.ts";

it("a packed page unpacks to the same page, with and without entries or other parts", () => {
  const entries = postsOf(newUser(), 3);
  for (const page of [
    { entries, seq: 7, viewerOf: { a: { liked: true } }, next: null },
    { entries: [], seq: 0 },
    { entries },
  ]) {
    expect(unpack(pack(page))).toEqual(page);
  }
  expect(idsOf(unpack(pack({ entries: entries.slice(1) })).entries)).toEqual(
    idsOf(entries.slice(1)),
  );
});
