/** The Worker: the HTTP API, the queue consumers and the sweep. Each records metrics afterwards. */
import { errorText } from "../feed/error-text.ts";
import { createApp } from "./api/app.ts";
import { consume } from "./jobs/consumer.ts";
import { type Deps, depsOf } from "./deps.ts";
import { consumeEvents, isEvent } from "./export/consumer.ts";
import { publishBacklog } from "./metrics/figures.ts";
import { locationHint, regionOf } from "./region.ts";
import { startSweep } from "./jobs/sweep.ts";

export { AuthorFeed } from "../durable-objects/author-feed/author-feed.ts";
export { Hub } from "../durable-objects/hub/hub.ts";
export { HomeTimeline } from "../durable-objects/home-timeline/home-timeline.ts";
export { MetricsAggregator } from "../durable-objects/metrics-aggregator/metrics-aggregator.ts";
export { PasswordHasher } from "../durable-objects/password-hasher/password-hasher.ts";
export { PostCounter } from "../durable-objects/post-counter/post-counter.ts";
export { StoreObject } from "../durable-objects/store-object/store-object.ts";

const app = createApp();

/** Records metrics and flushes them when due, after an invocation. A failure here fails nothing. */
function measure(env: Env, ctx: ExecutionContext, record: (deps: Deps) => unknown): void {
  const measured = async (): Promise<void> => {
    try {
      const deps = depsOf(env);
      await record(deps);
      await deps.meter.flushWhenDue();
    } catch (error) {
      console.warn("figures could not be recorded", errorText(error));
    }
  };
  ctx.waitUntil(measured());
}

export default {
  fetch: async (request, env, ctx) => {
    const response = await app.fetch(request, env, ctx);
    measure(env, ctx, ({ meter }) => {
      meter.setRegion(regionOf(locationHint(request)));
      meter.count("requests", `${Math.floor(response.status / 100)}xx`);
    });
    return response;
  },
  queue: async (batch, env, ctx) => {
    const { queue } = batch;
    // The form of a message decides, because a queue can have any name.
    const events = batch.messages.filter(isEvent);
    const jobs = batch.messages.filter((message) => !isEvent(message));
    if (jobs.length > 0) await consume(depsOf(env), { queue, messages: jobs });
    if (events.length > 0) await consumeEvents(depsOf(env), { queue, messages: events });
    measure(env, ctx, () => undefined);
  },
  scheduled: async (_controller, env, ctx) => {
    await startSweep(depsOf(env));
    measure(env, ctx, (deps) => publishBacklog(env, deps));
  },
} satisfies ExportedHandler<Env>;
