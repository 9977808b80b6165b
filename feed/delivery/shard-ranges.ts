/** Ranges of shards: work that concerns all shards is cut into messages, each for some of them. */

/** The shards from `from` up to `to`, which is not among them. */
export interface ShardRange {
  from: number;
  to: number;
}

/** Cuts a range into at most `most` ranges, in order, whose lengths differ by one at most. */
export function cutRange({ from, to }: ShardRange, most: number): ShardRange[] {
  const length = Math.max(0, to - from);
  const count = Math.min(length, most);
  const bound = (n: number): number => from + Math.floor((n * length) / count);
  return Array.from({ length: count }, (_, n) => ({ from: bound(n), to: bound(n + 1) }));
}
