/** Scrolling the ranked and the latest timeline. */
import type { Session, Timeline, TimelineItem } from "../../feed/wire.ts";
import type { World } from "./world.ts";

/** Reads one page. */
export async function page(
  world: World,
  { token }: Session,
  ask: { order?: "ranked" | "latest"; limit?: number; cursor?: string | null; explain?: boolean },
): Promise<Timeline> {
  const query = new URLSearchParams(
    Object.entries(ask).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
  const path = `/v1/timeline?${query.toString()}`;
  const { body, status } = await world.call<Timeline>("GET", path, { token });
  if (status !== 200) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/**
 * Scrolls to the end.
 * @param between is called after each page that is not the last, with the cursor of the next
 */
export async function scrollAll(
  world: World,
  reader: Session,
  order: "ranked" | "latest",
  limitOf: () => number,
  between: (cursor: string) => Promise<void> = () => Promise.resolve(),
): Promise<TimelineItem[]> {
  const items: TimelineItem[] = [];
  let cursor: string | null = null;
  for (;;) {
    const limit = limitOf();
    const found: Timeline = await page(world, reader, { order, limit, cursor });
    if (found.order !== order) throw new Error(`${found.order} was served for ${order}`);
    if (found.items.length > limit) throw new Error(`${found.items.length} items for ${limit}`);
    items.push(...found.items);
    if (found.next === null) return items;
    if (found.next === cursor) throw new Error(`the scroll does not advance from ${cursor}`);
    cursor = found.next;
    await between(cursor);
  }
}

/** The ids of the posts that items show, in their order. */
export function postsShown(items: readonly TimelineItem[]): string[] {
  return items.map((item) => item.post.id);
}
