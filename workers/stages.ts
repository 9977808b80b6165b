/** How long the stages of an answer took, for `Server-Timing`. */

export class Stages {
  readonly #tookMs = new Map<string, number>();

  /** Runs one stage; stages of the same name add up. */
  async time<T>(stage: string, work: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    try {
      return await work();
    } finally {
      const tookMs = performance.now() - startedMs;
      this.#tookMs.set(stage, (this.#tookMs.get(stage) ?? 0) + tookMs);
    }
  }

  /** The value of a `Server-Timing` header. */
  header(): string {
    return [...this.#tookMs]
      .map(([stage, tookMs]) => `${stage};dur=${tookMs.toFixed(1)}`)
      .join(", ");
  }
}
