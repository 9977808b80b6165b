/** Vitest's global set-up: builds the page if it is stale, because the Worker serves it. */
import { buildPage, pageIsStale } from "../../scripts/page.ts";
import { ROOT } from "../../scripts/project.ts";

export default async function setup(): Promise<void> {
  if (await pageIsStale(ROOT)) await buildPage();
}
