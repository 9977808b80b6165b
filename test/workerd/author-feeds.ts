/** Outboxes as tests look into them. */
import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import type { AuthorFeed } from "../../durable-objects/author-feed/author-feed.ts";
import { AuthorFeedStore } from "../../durable-objects/author-feed/store.ts";
import { REGIONS } from "../../feed/delivery/regions.ts";

/** How long an outbox may take to tell, on a slow machine. */
const ANNOUNCED_WITHIN_MS = 30_000;

/** Waits until an outbox has told KV and every freshness log of all it holds. */
export async function announced(outbox: DurableObjectStub<AuthorFeed>): Promise<void> {
  await vi.waitFor(
    async () => {
      const [version, told] = await runInDurableObject(outbox, (_, { storage }) => {
        const store = new AuthorFeedStore(storage.sql);
        return [store.chunks.windowState()?.seq ?? 0, store.lastPublished()] as const;
      });
      const least = Math.min(told.head, ...REGIONS.map((region) => told.logs[region] ?? 0));
      if (least < version) throw new Error(`told of version ${least} of ${version}`);
    },
    { timeout: ANNOUNCED_WITHIN_MS, interval: 20 },
  );
}
