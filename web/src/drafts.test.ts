import { beforeEach, expect, test, vi } from "vitest";
import { DraftBox, merged, restored } from "./drafts.ts";

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  return () => vi.unstubAllGlobals();
});

/** What a page that is loaded anew finds. */
function stored(): unknown {
  return JSON.parse([...kept.values()][0] ?? "null");
}

let accounts = 0;
function newBox(): DraftBox {
  return new DraftBox(`A${accounts++}`, null);
}

test("a draft is stored as it is written, and each text has a key of its own", () => {
  const box = newBox();
  box.write("one");
  const { key } = box.state.get();
  expect(restored(stored())).toEqual({ text: "one", key });
  box.write("one and");
  expect(box.state.get().key).not.toBe(key);
  box.write("");
  expect(kept.size).toBe(0);
});

test("what is sent leaves the box, and stays stored under its key until it is answered", () => {
  const box = newBox();
  box.write("hello");
  const sent = box.send();
  expect(box.state.get().text).toBe("");
  expect(restored(stored())).toEqual(sent);
  box.taken(sent);
  expect(kept.size).toBe(0);
});

test("what is refused comes back under its key, before what was written since", () => {
  const box = newBox();
  box.write("hello");
  const sent = box.send();
  box.refused(sent, false);
  expect(box.state.get()).toEqual({ ...sent, sending: null });
  const again = box.send();
  box.write("more");
  box.refused(again, false);
  expect(box.state.get().text).toBe("hello\n\nmore");
  expect(box.state.get().key).not.toBe(sent.key);
});

test("a key that was used for another text is not used again", () => {
  const box = newBox();
  box.write("hello");
  const sent = box.send();
  box.refused(sent, true);
  expect(box.state.get().text).toBe("hello");
  expect(box.state.get().key).not.toBe(sent.key);
});

test("an answer to one post does not forget another that is on its way", () => {
  const box = newBox();
  box.write("one");
  const one = box.send();
  box.write("two");
  const two = box.send();
  box.taken(one);
  expect(restored(stored())).toEqual(two);
});

test("what is no draft is none", () => {
  for (const saved of [null, "text", {}, { text: "a" }]) expect(restored(saved)).toBeNull();
  const since = { text: "  ", key: "2" };
  expect(merged({ text: "a", key: "1" }, since)).toEqual({ text: "a", key: "1" });
});
