import { describe, expect, it } from "vitest";
import { PARENT_TEXT_MAX_CHARS } from "../limits-threads.ts";
import { makeId } from "../ids.ts";
import { NO_COUNTS, type PostBody } from "./entry.ts";
import {
  parentCopy,
  parentsToRead,
  postSeenBy,
  withoutCopies,
  withParent,
  withParents,
} from "./parents.ts";

const id = (n: number) => makeId(1_000, 1, n);

function post(n: number, text: string, replyTo: PostBody["replyTo"] = null): PostBody {
  const author = { id: id(100 + n), handle: `user${n}`, name: `User ${n}`, avatarUrl: null };
  return { id: id(n), author, text, replyTo, counts: NO_COUNTS };
}

const parent = post(1, "the first");
const reply = post(2, "the answer", { id: parent.id, author: parent.author.id });

describe("the copy of a parent", () => {
  it("has the whole text of a short parent", () => {
    expect(parentCopy(parent)).toEqual({ author: parent.author, text: "the first" });
  });

  it("has at most so many characters, whole code points, and an ellipsis for the rest", () => {
    const { text } = parentCopy(post(1, "🦊".repeat(PARENT_TEXT_MAX_CHARS + 1)));
    expect(text).toBe(`${"🦊".repeat(PARENT_TEXT_MAX_CHARS)}…`);
    const exact = "x".repeat(PARENT_TEXT_MAX_CHARS);
    expect(parentCopy(post(1, exact)).text).toBe(exact);
  });

  it("has at most three lines", () => {
    expect(parentCopy(post(1, "a\nb\nc\nd")).text).toBe("a\nb\nc…");
    expect(parentCopy(post(1, "a\nb\nc")).text).toBe("a\nb\nc");
  });
});

describe("parents that are to be read", () => {
  it("are those of replies that carry neither a copy nor the word that it is gone", () => {
    const known = withParent(post(3, "x", { id: id(9), author: id(109) }), parentCopy(parent));
    const gone = withParent(post(4, "y", { id: id(8), author: id(108) }), null);
    expect(parentsToRead([parent, reply, known, gone, reply])).toEqual([parent.id]);
  });

  it("are gone if they were asked for and not found, and stay unknown if not asked for", () => {
    const asked = new Set([parent.id]);
    expect(withParents([reply], asked, new Map())[0]?.replyTo?.copy).toBeNull();
    expect(withParents([reply], new Set(), new Map())[0]).toBe(reply);
    const found = withParents([reply], asked, new Map([[parent.id, parent]]));
    expect(found[0]?.replyTo?.copy?.text).toBe("the first");
  });
});

describe("a reply", () => {
  const carrying = withParent(reply, parentCopy(parent));

  it("loses the copy of a deleted parent and of no other", () => {
    expect(withoutCopies(carrying, (gone) => gone === parent.id).replyTo?.copy).toBeNull();
    expect(withoutCopies(carrying, () => false)).toBe(carrying);
    expect(withoutCopies(reply, () => true)).toBe(reply);
  });

  it("shows nothing of a parent whose author the viewer does not see, read or not", () => {
    const hides = (user: string) => user === parent.author.id;
    expect(postSeenBy(carrying, hides).replyTo?.copy).toBeNull();
    expect(postSeenBy(reply, hides).replyTo?.copy).toBeNull();
    expect(postSeenBy(carrying, () => false)).toBe(carrying);
    expect(postSeenBy(parent, () => true)).toBe(parent);
  });
});
