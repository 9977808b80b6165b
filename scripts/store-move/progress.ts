/** How far a move of buckets has come, and about how long the rest takes. */

/** What a call of the mover's route has answered, as far as progress needs it. */
export interface Step {
  left: number | null;
  moving: { buckets: number; share: number } | null;
}

export class MoveProgress {
  readonly #beganMs: number;
  /** Buckets to move when this run began, and those of them that finished moves have brought. */
  #total = 0;
  #done = 0;
  #moving: Step["moving"] = null;

  constructor(nowMs: number) {
    this.#beganMs = nowMs;
  }

  note({ left, moving }: Step): void {
    if (left !== null) {
      // A move that an earlier run left unfinished is not among those that are left.
      this.#total = Math.max(this.#total, this.#done + left);
      this.#done = this.#total - left;
    }
    this.#moving = moving;
  }

  /** The finished share, from 0 to 1; null while the total is unknown. */
  share(): number | null {
    if (this.#total === 0) return null;
    const { buckets, share } = this.#moving ?? { buckets: 0, share: 0 };
    return Math.min(1, (this.#done + buckets * share) / this.#total);
  }

  /** About how long the rest takes, in milliseconds; null while it can't be told. */
  leftMs(nowMs: number): number | null {
    const share = this.share();
    if (share === null || share === 0) return null;
    return ((nowMs - this.#beganMs) / share) * (1 - share);
  }
}

/** A time in words. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} minutes` : `${Math.round(minutes / 60)} hours`;
}
