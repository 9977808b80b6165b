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

/** The draft that a newly loaded page finds. */
function stored(): unknown {
  return JSON.parse([...kept.values()][0] ?? "null");
}

let accounts = 0;
function newBox(): DraftBox {
  return new DraftBox(`A${accounts++}`, null);
}

test("a draft is stored with every change, and each text has its own key", () => {
  const box = newBox();
  box.write("one");
  const { key } = box.state.get();
  expect(restored(stored())).toEqual({ text: "one", key });
  box.write("one and");
  expect(box.state.get().key).not.toBe(key);
  box.write("");
  expect(kept.size).toBe(0);
});

test("a sent text leaves the box and stays stored under its key until the answer", () => {
  const box = newBox();
  box.write("hello");
  const sent = box.send();
  expect(box.state.get().text).toBe("");
  expect(restored(stored())).toEqual(sent);
  box.taken(sent);
  expect(kept.size).toBe(0);
});

test("a refused text comes back under its key, before the text written since", () => {
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

test("a text that changes after it was sent gets a new key", () => {
  const box = newBox();
  box.write("hello");
  const sent = box.send();
  box.refused(sent, true);
  expect(box.state.get().text).toBe("hello");
  expect(box.state.get().key).not.toBe(sent.key);
});

test("an answer to one post keeps another one that is still being sent", () => {
  const box = newBox();
  box.write("one");
  const one = box.send();
  box.write("two");
  const two = box.send();
  box.taken(one);
  expect(restored(stored())).toEqual(two);
});

test("an invalid stored draft counts as no draft", () => {
  for (const saved of [null, "text", {}, { text: "a" }]) expect(restored(saved)).toBeNull();
  const since = { text: "  ", key: "2" };
  expect(merged({ text: "a", key: "1" }, since)).toEqual({ text: "a", key: "1" });
});
