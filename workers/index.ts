/** The Worker: the HTTP API, the queue consumer and the sweep. */
import { createApp } from "./api/app.ts";
import { consume } from "./consumer.ts";
import { depsOf } from "./deps.ts";
import { consumeEvents } from "./events/consumer.ts";
import { sweep } from "./sweep.ts";

export { AuthorOutbox } from "../durable-objects/author-outbox/author-outbox.ts";
export { FreshnessLog } from "../durable-objects/freshness-log/freshness-log.ts";
export { HomeTimeline } from "../durable-objects/home-timeline/home-timeline.ts";
export { PostCounter } from "../durable-objects/post-counter/post-counter.ts";
export { Relay } from "../durable-objects/relay/relay.ts";

const app = createApp();

export default {
  fetch: (request, env, ctx) => app.fetch(request, env, ctx),
  queue: (batch, env) =>
    batch.queue.endsWith("-export")
      ? consumeEvents(depsOf(env), batch)
      : consume(depsOf(env), batch),
  scheduled: async (_controller, env) => {
    await sweep(depsOf(env));
  },
} satisfies ExportedHandler<Env>;
