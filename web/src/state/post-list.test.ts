import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Post, Timeline } from "../../../client/src/wire.ts";
import { readNewest } from "../net/api.ts";
import { announce } from "./changes.ts";
import { itemOf } from "./list-reducer.ts";
import { PostList } from "./post-list.ts";

vi.mock("../net/api.ts", () => ({ readNewest: vi.fn<typeof readNewest>() }));

function post(id: string, likes = 0): Post {
  return {
    id,
    author: { id: "A", handle: "ada", name: "Ada", avatarUrl: null },
    text: `post ${id}`,
    createdAt: "2026-01-01T00:00:00.000Z",
    replyTo: null,
    parent: null,
    counts: { likes, reposts: 0, replies: 0 },
  };
}

function pageOf(posts: readonly Post[], next: string | null): Timeline {
  const items = posts.map((one) => itemOf(one));
  return { items, next, order: "latest", partial: false, seq: 1 };
}

describe("a list that shows a new post", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => {
    vi.useRealTimers();
    vi.clearAllMocks();
  });

  test("reads on until it has read that post, when newer ones of others come first", async () => {
    const list = new PostList({
      read: () => Promise.resolve(pageOf([post("1")], null)),
      live: true,
      takesOwn: () => true,
    });
    await list.reload();
    const pages = [pageOf([post("9"), post("8")], "more"), pageOf([post("7", 3)], "yet more")];
    for (const page of pages) vi.mocked(readNewest).mockResolvedValueOnce(page);
    announce({ type: "writing", post: post("~1") });
    announce({ type: "mine", post: post("7"), writtenAs: "~1" });
    await vi.advanceTimersByTimeAsync(1_000);
    expect(vi.mocked(readNewest).mock.calls.map(([, cursor]) => cursor)).toEqual([null, "more"]);
    const shown = list.state.get().chunks.flatMap(({ items }) => items);
    expect(shown.find((item) => item.post.id === "7")?.post.counts.likes).toBe(3);
    list.close();
  });
});
