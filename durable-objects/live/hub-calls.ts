/** Calls of hubs: where they are placed, how long they may take and how often they are tried. */
import pRetry from "p-retry";
import { TimeoutError, within } from "../within.ts";
import { type HubName, regionOfHub } from "../../feed/delivery/hub-ring.ts";
import { HUB_CALL_TIMEOUT_MS, LIVE_CALL_ATTEMPTS, LIVE_RETRY_BASE_MS } from "../../feed/limits.ts";
import type { Notices, Unwanted } from "../../feed/delivery/notices.ts";
import { errorText } from "../../feed/error-text.ts";
import type { Subscriber, Subscribers } from "./subscribers.ts";
import { broadcast } from "./broadcast.ts";

/** A hub, in its region. */
export function hubStub(env: Pick<Env, "HUB">, name: HubName): HubStub {
  return env.HUB.getByName(name, { locationHint: regionOfHub(name) });
}

type HubStub = ReturnType<Env["HUB"]["getByName"]>;

/**
 * Calls something, and tries again if it fails. One that hangs has kept the others waiting for long
 * enough, so it gets no second attempt.
 */
export function withRetries<T>(call: () => Promise<T>, timeoutMs: number): Promise<T> {
  return pRetry(() => within(call(), { milliseconds: timeoutMs }), {
    retries: LIVE_CALL_ATTEMPTS - 1,
    minTimeout: LIVE_RETRY_BASE_MS,
    shouldRetry: ({ error }) => !(error instanceof TimeoutError),
  });
}

/** Sends notices to a hub, and unsubscribes it from the topics that it answers with. */
export async function sendToHub(
  env: Pick<Env, "HUB">,
  subscribers: Subscribers,
  { hub, of, notices }: { hub: HubName; of: readonly Subscriber[]; notices: Notices },
): Promise<void> {
  const unwanted: Unwanted = await withRetries(
    async () => await hubStub(env, hub).receive(notices),
    HUB_CALL_TIMEOUT_MS,
  );
  for (const subscriber of of) {
    if (unwanted.includes(subscriber.topic)) subscribers.remove(subscriber);
  }
}

/**
 * Sends each subscriber the notices of its topics. Hubs that fail keep no other from its notices.
 * @throws the first failure, once all have had their turn
 */
export async function sendToSubscribers(
  env: Pick<Env, "HUB">,
  subscribers: Subscribers,
  notices: Notices,
): Promise<void> {
  const topics = new Set([
    ...notices.news.map(({ author }) => author),
    ...notices.counts.map(({ post }) => post),
  ]);
  const found = [...topics].flatMap((topic) => subscribers.of(topic));
  const failures: unknown[] = [];
  await broadcast([...Map.groupBy(found, ({ hub }) => hub)], {
    call: ([hub, of]) => {
      const wants = new Set(of.map(({ topic }) => topic));
      const news = notices.news.filter(({ author }) => wants.has(author));
      const counts = notices.counts.filter(({ post }) => wants.has(post));
      return sendToHub(env, subscribers, { hub, of, notices: { news, counts } });
    },
    onAnswer: () => undefined,
    onFailure: ([hub], error) => {
      console.warn("a hub took no notices", { hub, error: errorText(error) });
      failures.push(error);
    },
  });
  if (failures.length > 0) throw failures[0];
}
