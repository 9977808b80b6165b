/** What a conversion leaves out or changes, by reason. */

/** Examples that are named with each reason. */
const EXAMPLES = 3;

export class LeftOut {
  readonly #reasons = new Map<string, { count: number; examples: string[] }>();

  /** @param what in the plural, with the reason @param example names one of them */
  add(what: string, example: string | null = null): void {
    const { count, examples } = this.#reasons.get(what) ?? { count: 0, examples: [] };
    const isNew = example !== null && examples.length < EXAMPLES && !examples.includes(example);
    this.#reasons.set(what, {
      count: count + 1,
      examples: isNew ? [...examples, example] : examples,
    });
  }

  /** A sentence for each reason. */
  inWords(): string[] {
    return [...this.#reasons].map(([what, { count, examples }]) => {
      const such = examples.length === 0 ? "" : `, such as ${examples.join(", ")}`;
      return `${count} ${what}${such}`;
    });
  }
}
