/** Dead letters as an operator sees them, page by page. */
import type { World } from "./world.ts";

interface Page {
  items?: unknown[];
  retried?: number;
  next: string | null;
}

/** Lists the dead letters of all shards. */
export async function listedLetters(world: World): Promise<unknown[]> {
  const pages = await walk(world, "GET", "/v1/admin/dead-letters");
  return pages.flatMap(({ items }) => items ?? []);
}

/** Puts the dead letters of all shards back to work. @returns how many jobs were sent */
export async function retryLetters(world: World): Promise<number> {
  const pages = await walk(world, "POST", "/v1/admin/dead-letters/retry");
  return pages.reduce((sum, { retried }) => sum + (retried ?? 0), 0);
}

async function walk(world: World, method: string, path: string): Promise<Page[]> {
  const pages: Page[] = [];
  let query = "";
  do {
    const { body } = await world.call<Page>(method, path + query, { token: world.env.ADMIN_TOKEN });
    pages.push(body);
    query = `?cursor=${body.next}`;
  } while (pages.at(-1)?.next !== null);
  return pages;
}
