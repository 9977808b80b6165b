import { expect, it } from "vitest";
import type { DeadLetterStore } from "../../db/store.ts";
import { type Id, makeId } from "../../feed/ids.ts";
import { DEAD_LETTERS_PAGE, DEAD_LETTERS_SHARDS } from "../../feed/limits.ts";
import { beforeShard, lettersFrom } from "./dead-letters.ts";

/** A store of many shards; it records the shards that are read. */
function storeOf(shards: number, letters: readonly (readonly [shard: number, id: Id])[]) {
  const read: number[] = [];
  const deadLetters: DeadLetterStore = {
    list: (shard, after, limit) => {
      read.push(shard);
      const here = letters.filter(([of, id]) => of === shard && id > (after ?? ""));
      return Promise.resolve(
        here.slice(0, limit).map(([, id]) => ({ id, reason: "", body: null })),
      );
    },
    keep: () => Promise.reject(new Error("nothing is kept")),
    count: () => Promise.reject(new Error("nothing is counted")),
    remove: () => Promise.reject(new Error("nothing is removed")),
  };
  return { store: { shards, deadLetters }, read };
}

it("a walk over dead letters reads a bounded number of shards a call, and returns each letter once", async () => {
  const shards = 3 * DEAD_LETTERS_SHARDS - 5;
  const count = 2 * DEAD_LETTERS_PAGE + 7;
  const letters = Array.from({ length: count }, (_, n) => {
    // Two shards have more than a page together, the last has one, and the others none.
    const shard = n === count - 1 ? shards - 1 : n % 2 === 0 ? 3 : 4;
    return [shard, makeId(n, shard, n)] as const;
  });
  const { store, read } = storeOf(shards, letters);
  const found: Id[] = [];
  let calls = 0;
  for (let position = beforeShard(0), isOver = false; !isOver; calls++) {
    read.length = 0;
    const { letters: page, next } = await lettersFrom(store, position);
    expect(new Set(read).size).toBeLessThanOrEqual(DEAD_LETTERS_SHARDS);
    expect(page.length).toBeLessThanOrEqual(DEAD_LETTERS_PAGE);
    found.push(...page.map(({ id }) => id));
    isOver = next === null;
    position = next ?? position;
  }
  const wanted = letters.toSorted(([a], [b]) => a - b).map(([, id]) => id);
  expect(found).toEqual(wanted);
  expect(calls).toBeLessThanOrEqual(6);
});

it("a page may be empty before the end of a walk", async () => {
  const { store } = storeOf(DEAD_LETTERS_SHARDS + 1, []);
  const { letters, next } = await lettersFrom(store, beforeShard(0));
  expect([letters, next]).toEqual([[], beforeShard(DEAD_LETTERS_SHARDS)]);
  expect(await lettersFrom(store, beforeShard(DEAD_LETTERS_SHARDS))).toEqual({
    letters: [],
    next: null,
  });
});
