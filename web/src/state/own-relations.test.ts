import { expect, test } from "vitest";
import type { User } from "../../../client/src/wire.ts";
import { related } from "./own-relations.ts";

const ben: User = {
  id: "B",
  handle: "ben",
  name: "Ben",
  bio: "",
  avatarUrl: null,
  createdAt: "2026-01-01T00:00:00.000Z",
  counts: { followers: 3, following: 2, posts: 1 },
  celebrity: false,
  viewer: { following: false, followedBy: true, muted: false, blocked: false },
};

test("a repeated follow counts once, and an unfollow subtracts it", () => {
  const followed = related(ben, "follow", true);
  expect(followed.viewer?.following).toBe(true);
  expect(followed.counts.followers).toBe(4);
  expect(related(followed, "follow", true)).toEqual(followed);
  expect(related(followed, "follow", false)).toEqual(ben);
});

test("a block ends follows both ways, and its end restores none", () => {
  const blocked = related(related(ben, "follow", true), "block", true);
  expect(blocked.viewer).toEqual({
    following: false,
    followedBy: false,
    muted: false,
    blocked: true,
  });
  expect(blocked.counts).toEqual({ followers: 3, following: 1, posts: 1 });
  const unblocked = related(blocked, "block", false);
  expect(unblocked.viewer?.followedBy).toBe(false);
  expect(unblocked.counts).toEqual(blocked.counts);
});

test("a mute changes no count and no follow", () => {
  const { viewer, ...seen } = related(ben, "mute", true);
  const { viewer: before, ...same } = ben;
  expect(seen).toEqual(same);
  expect(viewer).toEqual({ ...before, muted: true });
});
