/** Lists that come in pages. */
import { orThrow, type Result, SkeinError } from "./errors.ts";

/** A page of a list: `next` is the cursor of the page after it, null on the last one. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** A list, page by page: `for await (const page of list)`. A page that failed is the last one. */
export class Pages<Item, P extends Page<Item> = Page<Item>> implements AsyncIterable<Result<P>> {
  readonly #read: (cursor: string | null) => Promise<Result<P>>;

  /** @param read reads the page at a cursor; null is the first */
  constructor(read: (cursor: string | null) => Promise<Result<P>>) {
    this.#read = read;
  }

  /** One page. @param cursor the `next` of the page before it; null or nothing for the first */
  page(cursor: string | null = null): Promise<Result<P>> {
    return this.#read(cursor);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Result<P>, void> {
    for (let cursor: string | null = null; ;) {
      const page: Result<P> = await this.#read(cursor);
      yield page;
      if (!page.ok || page.value.next === null) return;
      if (page.value.next === cursor) throw new SkeinError("internal", "the list does not advance");
      cursor = page.value.next;
    }
  }

  /** The items of all pages. @throws SkeinError where a page can't be read */
  async *items(): AsyncGenerator<Item, void> {
    for await (const page of this) yield* orThrow(page).items;
  }
}
