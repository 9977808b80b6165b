/** Reading a hot window: the part of it that a page needs, and the frames that a socket missed. */
import type { EntryChange, Entry } from "../../feed/timeline/entry.ts";
import { showOnce } from "../../feed/timeline/filter.ts";
import type { HotWindow } from "../../feed/timeline/hot-window.ts";
import type { Id, PostId } from "../../feed/ids.ts";
import type { Slice } from "../../feed/timeline/merge.ts";
import type { Frame } from "../../feed/wire.ts";
import type { DatedChange } from "../../feed/delivery/notices.ts";
import type { Tombstone } from "./store.ts";

/** Which part of the window a page needs. */
export interface WindowQuery {
  /** Only occurrences at or below this id count, where the scroll began; null if all count. */
  top: Id | null;
  /** Entries below this id; null to begin at the top. */
  below: Id | null;
  limit: number;
  /** Originals that the page leaves out, because the scroll has shown them. */
  skip?: readonly PostId[];
}

/**
 * The part of the window that a page needs; `above` are the originals between `top` and the page.
 */
export interface WindowSlice extends Slice {
  above: PostId[];
}

/**
 * Reads the part of the window that a page needs: the entries that are shown, each original once.
 */
export function readSlice(
  window: HotWindow,
  isShown: (entry: Entry) => boolean,
  { top, below, limit, skip = [] }: WindowQuery,
): WindowSlice {
  const skipped = new Set(skip);
  const shown = new Set<PostId>();
  const above: PostId[] = [];
  const entries: Entry[] = [];
  for (const { entry } of window.entries(top ?? undefined)) {
    if (!isShown(entry) || showOnce([entry], shown).length === 0) continue;
    if (below !== null && entry.id >= below) {
      above.push(entry.post.id);
      continue;
    }
    if (skipped.has(entry.post.id)) continue;
    entries.push(entry);
    if (entries.length === limit) return { entries, above, horizon: entry.id };
  }
  return { entries, above, horizon: window.state.horizon };
}

/** All shown entries at or below the top of a scroll, each original once, newest first. */
export function shownEntries(
  window: HotWindow,
  isShown: (entry: Entry) => boolean,
  top: Id | null,
): Entry[] {
  const entries = [...window.entries(top ?? undefined)].map((stamped) => stamped.entry);
  return showOnce(entries.filter(isShown));
}

/** A frame with a number. */
export type NumberedFrame = Frame & { seq: number };

/** The window's own frames since change `since`, in order; null if changes since then are forgotten. */
export function replay(
  window: HotWindow,
  since: number,
  frameOf: (seq: number, entry: Entry) => NumberedFrame | null,
  tombstones: readonly Tombstone[],
): NumberedFrame[] | null {
  if (since < window.state.floor || since > window.now) return null;
  const posts = window.after(since).flatMap(({ seq, entry }) => frameOf(seq, entry) ?? []);
  const deletes = tombstones.map(({ seq, post }) => ({
    type: "delete" as const,
    seq,
    postId: post,
  }));
  return [...posts, ...deletes].sort((a, b) => a.seq - b.seq);
}

/**
 * Puts pulled authors' changes among the window's own frames, by time. A client that loses the
 * connection on the way comes back with the number of the last frame it got, so no frame may come
 * before one with a lower number. Own frames keep their numbers; a pulled one gets the next free
 * number from its time on.
 * @param newestSeq the number of the newest change; the returned one is the largest that was given out
 */
export function mergeByTime(
  own: readonly NumberedFrame[],
  pulled: readonly DatedChange[],
  newestSeq: number,
  frameOf: (change: EntryChange, number: () => number) => Frame | null,
): { frames: Frame[]; newestSeq: number } {
  const taken = new Set(own.map(({ seq }) => seq));
  const numbered: { seq: number; frame: Frame }[] = own.map((frame) => ({ seq: frame.seq, frame }));
  for (const { atMs, change } of [...pulled].sort((a, b) => a.atMs - b.atMs)) {
    let seq = Math.min(atMs, newestSeq);
    while (taken.has(seq)) seq++;
    const frame = frameOf(change, () => seq);
    if (frame === null) continue;
    taken.add(seq);
    numbered.push({ seq, frame });
  }
  numbered.sort((a, b) => a.seq - b.seq);
  return {
    frames: numbered.map(({ frame }) => frame),
    newestSeq: Math.max(newestSeq, numbered.at(-1)?.seq ?? 0),
  };
}
