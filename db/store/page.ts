/** A page of a list. */
export interface Page<T, Position> {
  items: T[];
  /** The position of the next page; null at the end. */
  next: Position | null;
}

/** A page of a list in order, from up to one item more than fits. */
export function pageOf<T>(items: readonly T[], limit: number): Page<T, T> {
  const page = items.slice(0, limit);
  return { items: page, next: items.length > limit ? (page.at(-1) ?? null) : null };
}
