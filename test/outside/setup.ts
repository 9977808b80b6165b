/** Vitest's global set-up: builds the page if it is stale, because the Worker serves it. */
import { bringPageUpToDate } from "../../scripts/page.ts";

export default function setup(): Promise<void> {
  return bringPageUpToDate();
}
