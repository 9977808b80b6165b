import { describe, expect, test } from "vitest";
import { SkeinError } from "../../../client/src/errors.ts";
import {
  CHUNK_MAX_ITEMS,
  EMPTY_TIMELINE,
  itemOf,
  type ListItem,
  type ReadPage,
  type TimelineAction,
  type TimelineState,
  timelineReducer,
  WAITING_MAX_ITEMS,
} from "./list-reducer.ts";

function item(id: string): ListItem {
  return {
    id,
    at: "2026-01-01T00:00:00.000Z",
    post: {
      id,
      author: { id: "A", handle: "ada", name: "Ada", avatarUrl: null },
      text: `post ${id}`,
      createdAt: "2026-01-01T00:00:00.000Z",
      replyTo: null,
      parent: null,
      counts: { likes: 0, reposts: 0, replies: 0 },
    },
    reason: { kind: "following" },
  };
}

function after(state: TimelineState, ...actions: TimelineAction[]): TimelineState {
  return actions.reduce(timelineReducer, state);
}

function page(ids: readonly string[], next: string | null = null): { type: "page" } & ReadPage {
  return { type: "page", items: ids.map(item), next, partial: false, order: "latest" };
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
  test("are joined without a repeated post", () => {
    const state = after(loaded, end, page(["8", "7"]));
    expect(shown(state)).toEqual(["9", "8", "7"]);
    expect(state.next).toBeNull();
  });

  test("a page from the top replaces the list and the posts that waited before the read", () => {
    const state = after(loaded, arrived("A", false), top, page(["B", "A", "9"], "d"));
    expect(shown(state)).toEqual(["B", "A", "9"]);
    expect(waiting(state)).toEqual([]);
  });

  test("a post that arrives during the first read is above the first page", () => {
    const state = after(EMPTY_TIMELINE, top, arrived("A", true), arrived("9", true), page(["9"]));
    expect(shown(state)).toEqual(["A", "9"]);
  });

  test("a page read before a deletion does not bring the post back", () => {
    const state = after(loaded, end, { type: "deleted", postId: "7" }, page(["7", "6"]));
    expect(shown(state)).toEqual(["9", "8", "6"]);
  });

  test("a failed read keeps the shown posts, and can be repeated", () => {
    const failed = after(loaded, end, { type: "failed", failure: new SkeinError("offline", "") });
    expect(shown(failed)).toEqual(["9", "8"]);
    expect(failed.failure?.code).toBe("offline");
    expect(after(failed, end).failure).toBeNull();
  });
});

describe("new posts", () => {
  test("wait until the reader shows them", () => {
    const state = after(loaded, arrived("A", false), arrived("B", false));
    expect(shown(state)).toEqual(["9", "8"]);
    expect(waiting(state)).toEqual(["B", "A"]);
    expect(shown(after(state, { type: "show" }))).toEqual(["B", "A", "9", "8"]);
  });

  test("are all shown on top when one of them is the reader's own", () => {
    const state = after(loaded, arrived("A", false), arrived("B", true));
    expect(shown(state)).toEqual(["B", "A", "9", "8"]);
    expect(waiting(state)).toEqual([]);
  });

  test("a post that is shown or waits is not added again", () => {
    const state = after(loaded, arrived("9", true), arrived("A", false), arrived("A", false));
    expect(shown(state)).toEqual(["9", "8"]);
    expect(waiting(state)).toEqual(["A"]);
  });

  test("do not change the chunks below them", () => {
    let state = after(EMPTY_TIMELINE, top, page(Array.from({ length: 20 }, (_, i) => `p${i}`)));
    const [read] = state.chunks;
    for (let i = 0; i <= CHUNK_MAX_ITEMS; i++) state = after(state, arrived(`n${i}`, true));
    expect(state.chunks).toHaveLength(3);
    expect(state.chunks.at(-1)).toBe(read);
    expect(new Set(state.chunks.map(({ key }) => key)).size).toBe(3);
  });

  test("make the list stale once more wait than it keeps", () => {
    let state = loaded;
    for (let i = 0; i <= WAITING_MAX_ITEMS; i++) state = after(state, arrived(`n${i}`, false));
    expect(state.stale).toBe(true);
    expect(after(state, top, page(["Z"])).stale).toBe(false);
  });
});

describe("reading the first page again", () => {
  test("adds missed posts to those that wait", () => {
    const head: TimelineAction = { type: "head", items: ["B", "A", "9", "8"].map(item) };
    expect(waiting(after(loaded, arrived("A", false), head))).toEqual(["B", "A"]);
    expect(shown(after(EMPTY_TIMELINE, top, page([]), head))).toEqual(["B", "A", "9", "8"]);
  });

  test("adds to a ranked list only posts newer than all of its posts", () => {
    const ranked = after(EMPTY_TIMELINE, top, { ...page(["5", "9", "7"]), order: "ranked" });
    const head: TimelineAction = { type: "head", items: ["6", "A", "9"].map(item) };
    expect(waiting(after(ranked, head))).toEqual(["A"]);
  });

  test("makes the list stale if it has no post in common with it", () => {
    expect(after(loaded, { type: "head", items: [item("Z")] }).stale).toBe(true);
  });
});

describe("changes to a post", () => {
  test("a deletion removes a post that is shown or waits", () => {
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

  test("new counts change one item, and counts of an unlisted post change nothing", () => {
    const counts = { likes: 3, reposts: 2, replies: 1 };
    const change = (id: string): TimelineAction => ({
      type: "changed",
      change: (post) => (post.id === id ? { ...post, counts } : post),
    });
    const state = after(loaded, change("8"));
    expect(state.chunks[0]?.items[1]?.post.counts).toEqual(counts);
    expect(state.chunks[0]?.items[0]).toBe(loaded.chunks[0]?.items[0]);
    expect(after(loaded, change("none"))).toBe(loaded);
  });

  test("an unwanted account's posts and reposts are removed", () => {
    const by = { id: "C", handle: "cyd", name: "Cyd", avatarUrl: null };
    const theirs = { ...item("D"), post: { ...item("D").post, author: by } };
    const reposted: ListItem = { ...item("E"), reason: { kind: "repost", by } };
    const before = after(loaded, { type: "arrived", items: [theirs, reposted], show: true });
    expect(shown(before)).toEqual(["D", "E", "9", "8"]);
    expect(shown(after(before, { type: "unwanted", userId: "C" }))).toEqual(["9", "8"]);
  });
});

describe("a post that is being sent", () => {
  const written: ListItem = { ...item("~1"), sending: true };
  const writing: TimelineAction = { type: "arrived", items: [written], show: true };
  const real = { ...written.post, id: "A" };
  const sent: TimelineAction = { type: "sent", writtenAs: "~1", post: real };

  test("gets its real id with the answer", () => {
    const state = after(loaded, writing, sent);
    expect(shown(state)).toEqual(["A", "9", "8"]);
    expect(state.chunks[0]?.items[0]?.sending).toBeUndefined();
  });

  test("is removed when the API refuses it", () => {
    const refused: TimelineAction = { type: "unsent", writtenAs: "~1" };
    expect(shown(after(loaded, writing, refused))).toEqual(["9", "8"]);
  });

  test("is shown again when it is sent again under the same local id", () => {
    const refused: TimelineAction = { type: "unsent", writtenAs: "~1" };
    expect(shown(after(loaded, writing, refused, writing))).toEqual(["~1", "9", "8"]);
    expect(shown(after(loaded, writing, refused, writing, sent))).toEqual(["A", "9", "8"]);
  });

  test("is shown once if it arrives live before its answer, and does not wait", () => {
    const live: TimelineAction = {
      type: "arrived",
      items: [itemOf(real, "self")],
      show: false,
    };
    const echoed = after(loaded, writing, live);
    expect(shown(echoed)).toEqual(["A", "9", "8"]);
    expect(waiting(echoed)).toEqual([]);
    expect(after(echoed, sent)).toBe(echoed);
  });
});
