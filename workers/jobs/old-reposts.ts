/**
 * Reposts of before they were written at their originals' side too: a walk through each shard brings
 * them there, and ends by itself.
 */
import { OLD_REPOSTS_AGAIN_MS, OLD_REPOSTS_PAGE } from "../../feed/limits.ts";
import type { OldRepostStore } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { linkReposts } from "./link-reposts.ts";

/** An earlier version of the Worker may still write reposts during the first pass. */
const PASSES = 2;

/** Links the next piece of one shard's old reposts. @throws StoreUnavailable, QueueUnavailable */
export async function linkOldReposts(
  deps: Deps,
  oldReposts: OldRepostStore,
  shard: number,
): Promise<void> {
  const nowMs = deps.nowMs();
  const walk = (await oldReposts.walk(shard)) ?? { passes: 0, position: null, dueMs: nowMs };
  if (walk.passes >= PASSES || nowMs < walk.dueMs) return;
  const { reposts, next } = await oldReposts.repostsFrom(shard, walk.position, OLD_REPOSTS_PAGE);
  await linkReposts(deps, reposts);
  await oldReposts.setWalk(
    shard,
    next === null
      ? { passes: walk.passes + 1, position: null, dueMs: nowMs + OLD_REPOSTS_AGAIN_MS }
      : { ...walk, position: next },
  );
}
