/** Reading author feeds from tests. */
import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { AuthorFeed } from "../../durable-objects/author-feed/author-feed.ts";
import { AuthorFeedStore } from "../../durable-objects/author-feed/store.ts";
import { REGIONS } from "../../feed/delivery/regions.ts";

/** How long an author feed may take to publish on a slow machine. */
const ANNOUNCED_WITHIN_MS = 30_000;

/** Waits until an author feed has published everything to KV and every freshness log. */
export async function announced(authorFeed: DurableObjectStub<AuthorFeed>): Promise<void> {
  await vi.waitFor(
    async () => {
      const [version, published] = await runInDurableObject(authorFeed, (_, { storage }) => {
        const store = new AuthorFeedStore(storage.sql);
        return [store.chunks.windowState()?.seq ?? 0, store.lastPublished()] as const;
      });
      const least = Math.min(
        published.head,
        ...REGIONS.map((region) => published.logs[region] ?? 0),
      );
      if (least < version) throw new Error(`published version ${least} of ${version}`);
    },
    { timeout: ANNOUNCED_WITHIN_MS, interval: 20 },
  );
}
