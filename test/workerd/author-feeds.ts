/** Reading author feeds from tests. */
import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { AuthorFeed } from "../../durable-objects/author-feed/author-feed.ts";
import { AuthorFeedStore } from "../../durable-objects/author-feed/store.ts";

/** How long an author feed may take to publish on a slow machine. */
const ANNOUNCED_WITHIN_MS = 30_000;

/** Waits until an author feed has published everything to KV and to the hubs that it knows. */
export async function announced(authorFeed: DurableObjectStub<AuthorFeed>): Promise<void> {
  await vi.waitFor(
    async () => {
      const [version, published, unsent] = await runInDurableObject(
        authorFeed,
        (_, { storage }) => {
          const store = new AuthorFeedStore(storage.sql);
          const news = storage.sql.exec("SELECT no FROM news WHERE told = 0").toArray();
          return [store.chunks.windowState()?.seq ?? 0, store.lastPublished(), news] as const;
        },
      );
      if (published.head < version || unsent.length > 0) {
        throw new Error(`published ${published.head} of ${version}, ${unsent.length} news unsent`);
      }
    },
    { timeout: ANNOUNCED_WITHIN_MS, interval: 20 },
  );
}
