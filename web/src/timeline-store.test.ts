import { describe, expect, test } from "vitest";
import type { TimelineItem } from "../../feed/wire.ts";
import { Failure } from "./failure.ts";
import {
  CHUNK_MAX_ITEMS,
  EMPTY_TIMELINE,
  type TimelineAction,
  type TimelineState,
  timelineReducer,
  WAITING_MAX_ITEMS,
} from "./timeline-store.ts";

function item(id: string): TimelineItem {
  return {
    post: {
      id,
      author: { id: "A", handle: "ada", name: "Ada", avatarUrl: null },
      text: `post ${id}`,
      createdAt: "2026-01-01T00:00:00.000Z",
      replyTo: null,
      counts: { likes: 0, reposts: 0, replies: 0 },
    },
    reason: { kind: "following" },
  };
}

function after(state: TimelineState, ...actions: TimelineAction[]): TimelineState {
  return actions.reduce(timelineReducer, state);
}

function page(ids: readonly string[], next: string | null = null): TimelineAction {
  return { type: "page", items: ids.map(item), next, partial: false };
}

function arrived(id: string, show: boolean): TimelineAction {
  return { type: "arrived", items: [item(id)], show };
}

function shown(state: TimelineState): string[] {
  return state.chunks.flatMap(({ items }) => items.map(({ post }) => post.id));
}

function waiting(state: TimelineState): string[] {
  return state.waiting.map(({ post }) => post.id);
}

const top: TimelineAction = { type: "reading", from: "top" };
const end: TimelineAction = { type: "reading", from: "end" };
const loaded = after(EMPTY_TIMELINE, top, page(["9", "8"], "c"));

describe("pages", () => {
  test("follow one another without a repeat", () => {
    const state = after(loaded, end, page(["8", "7"]));
    expect(shown(state)).toEqual(["9", "8", "7"]);
    expect(state.next).toBeNull();
  });

  test("a page from the top replaces the list and what waited before it was asked for", () => {
    const state = after(loaded, arrived("A", false), top, page(["B", "A", "9"], "d"));
    expect(shown(state)).toEqual(["B", "A", "9"]);
    expect(waiting(state)).toEqual([]);
  });

  test("a post that arrives while the first page is read is on top of it", () => {
    const state = after(EMPTY_TIMELINE, top, arrived("A", true), arrived("9", true), page(["9"]));
    expect(shown(state)).toEqual(["A", "9"]);
  });

  test("a page under way does not bring back a deleted post", () => {
    const state = after(loaded, end, { type: "deleted", postId: "7" }, page(["7", "6"]));
    expect(shown(state)).toEqual(["9", "8", "6"]);
  });

  test("a failed read keeps what is shown and can be tried again", () => {
    const failed = after(loaded, end, { type: "failed", failure: new Failure("offline", "") });
    expect(shown(failed)).toEqual(["9", "8"]);
    expect(failed.failure?.code).toBe("offline");
    expect(after(failed, end).failure).toBeNull();
  });
});

describe("new posts", () => {
  test("wait while the reader is further down, and are shown when asked for", () => {
    const state = after(loaded, arrived("A", false), arrived("B", false));
    expect(shown(state)).toEqual(["9", "8"]);
    expect(waiting(state)).toEqual(["B", "A"]);
    expect(shown(after(state, { type: "show" }))).toEqual(["B", "A", "9", "8"]);
  });

  test("go on top, with all that wait, when the reader is at the top", () => {
    const state = after(loaded, arrived("A", false), arrived("B", true));
    expect(shown(state)).toEqual(["B", "A", "9", "8"]);
    expect(waiting(state)).toEqual([]);
  });

  test("a post that is shown or waits does not come twice", () => {
    const state = after(loaded, arrived("9", true), arrived("A", false), arrived("A", false));
    expect(shown(state)).toEqual(["9", "8"]);
    expect(waiting(state)).toEqual(["A"]);
  });

  test("leave the chunks below them as they are", () => {
    let state = after(EMPTY_TIMELINE, top, page(Array.from({ length: 20 }, (_, i) => `p${i}`)));
    const [read] = state.chunks;
    for (let i = 0; i <= CHUNK_MAX_ITEMS; i++) state = after(state, arrived(`n${i}`, true));
    expect(state.chunks).toHaveLength(3);
    expect(state.chunks.at(-1)).toBe(read);
    expect(new Set(state.chunks.map(({ key }) => key)).size).toBe(3);
  });

  test("past a limit the list is to be read again", () => {
    let state = loaded;
    for (let i = 0; i <= WAITING_MAX_ITEMS; i++) state = after(state, arrived(`n${i}`, false));
    expect(state.stale).toBe(true);
    expect(after(state, top, page(["Z"])).stale).toBe(false);
  });
});

describe("a look at the first page again", () => {
  test("adds what was missed", () => {
    const head = { type: "head", items: ["B", "A", "9", "8"].map(item), show: false } as const;
    expect(waiting(after(loaded, arrived("A", false), head))).toEqual(["B", "A"]);
    expect(shown(after(loaded, { ...head, show: true }))).toEqual(["B", "A", "9", "8"]);
  });

  test("with nothing in common asks for reading again", () => {
    expect(after(loaded, { type: "head", items: [item("Z")], show: true }).stale).toBe(true);
  });
});

describe("changes to a post", () => {
  test("a deleted post goes, wherever it is", () => {
    const state = after(
      loaded,
      arrived("A", false),
      { type: "deleted", postId: "A" },
      { type: "deleted", postId: "8" },
      arrived("8", true),
    );
    expect(shown(state)).toEqual(["9"]);
    expect(waiting(state)).toEqual([]);
  });

  test("new counts touch one item; unknown posts change nothing", () => {
    const counts = { likes: 3, reposts: 2, replies: 1 };
    const state = after(loaded, { type: "counts", postId: "8", counts });
    expect(state.chunks[0]?.items[1]?.post.counts).toEqual(counts);
    expect(state.chunks[0]?.items[0]).toBe(loaded.chunks[0]?.items[0]);
    expect(after(loaded, { type: "counts", postId: "none", counts })).toBe(loaded);
  });
});
