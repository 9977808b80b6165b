/** The dependencies of requests, consumers and the sweep, made once for each isolate and its bindings. */
import { d1Store } from "../db/d1/store.ts";
import { d1Training } from "../db/d1/training.ts";
import type { Store, TrainingStore } from "../db/store.ts";
import { d1Rows } from "../db/d1/rows.ts";
import type { RowStore } from "../db/rows.ts";
import type { Credentials } from "../db/upstash/database.ts";
import { upstashRows } from "../db/upstash/rows.ts";
import { upstashStore } from "../db/upstash/store.ts";
import type { UserId } from "../feed/ids.ts";
import { type Config, readConfig } from "./config.ts";
import { Counters } from "./counters.ts";
import { EventQueue } from "./export/event-queue.ts";
import { EventLog } from "./export/kafka.ts";
import { CountsCache } from "./timeline/counts.ts";
import { type NewIds, newIds } from "./id-source.ts";
import { type JobQueues, queuesOf } from "../durable-objects/job-queues.ts";
import { numbered } from "../durable-objects/numbered.ts";
import { type HomeStub, Objects, type AuthorFeedStub } from "../durable-objects/objects.ts";
import { Backlogs } from "./metrics/backlogs.ts";
import { Meter } from "./metrics/meter.ts";
import { PulledPages } from "./pull/pulled-pages.ts";
import { pullSources } from "./pull/sources.ts";
import { Models } from "./rank/models.ts";

export interface Deps extends NewIds {
  config: Config;
  store: Store;
  /** Always in D1, whichever database `store` is. */
  training: TrainingStore;
  homes: Objects<HomeStub>;
  counters: Counters;
  authorFeeds: Objects<AuthorFeedStub>;
  pulledPages: PulledPages;
  queues: JobQueues;
  counts: CountsCache;
  models: Models;
  meter: Meter;
  backlogs: Backlogs;
  /** The queue of exported events; null while nothing is exported. */
  events: EventQueue | null;
  /** The log that the export writes; null while nothing is exported. */
  eventLog: EventLog | null;
  /** Whether an account may read another page below its hot window now. */
  mayReadArchive(user: UserId): Promise<boolean>;
  nowMs(): number;
}

const made = new WeakMap<Env, Deps>();

/** The dependencies over an isolate's bindings. */
export function depsOf(env: Env): Deps {
  const known = made.get(env);
  if (known !== undefined) return known;
  const config = readConfig(env);
  const store = storeOf(config, env);
  const authorFeeds = new Objects(env.AUTHOR_FEED, "author feed");
  const nowMs = () => Date.now();
  const meter = new Meter(
    async (region, sums) =>
      env.METRICS_AGGREGATOR.getByName(region, { locationHint: region }).add(sums),
    nowMs,
  );
  const queues = queuesOf(env);
  const deps: Deps = {
    config,
    store,
    training: d1Training(numbered(env, "DB_", isDatabase)),
    homes: new Objects(env.HOME_TIMELINE, "home timeline"),
    counters: new Counters(new Objects(env.POST_COUNTER, "counter")),
    authorFeeds,
    pulledPages: new PulledPages(
      pullSources(env, { authorFeeds, store, nowMs }),
      nowMs,
      (source, count) => meter.count("pulled_heads", source, count),
    ),
    queues,
    counts: new CountsCache(env.COUNTS, meter),
    meter,
    backlogs: new Backlogs(queues, nowMs),
    models: new Models(env.MODELS, nowMs),
    events: config.EXPORT === "off" ? null : new EventQueue(env.EXPORT_QUEUE),
    eventLog: config.EXPORT === "off" ? null : new EventLog(config),
    mayReadArchive: async (user) =>
      config.RATE_LIMITS === "off" || (await env.LIMIT_ARCHIVE.limit({ key: user })).success,
    nowMs,
    ...newIds(nowMs),
  };
  made.set(env, deps);
  return deps;
}

/** The store that is configured. */
function storeOf(config: Config, env: Env): Store {
  return config.STORE === "d1"
    ? d1Store(numbered(env, "DB_", isDatabase))
    : upstashStore(credentialsOf(config));
}

/** The configured Redis databases, whether they are the store or not. */
function credentialsOf(config: Config): Credentials[] {
  const { UPSTASH_REDIS_REST_URL: urls, UPSTASH_REDIS_REST_TOKEN: tokens } = config;
  return urls.map((url, index) => ({ url, token: tokens[index] ?? "" }));
}

export type StoreName = Config["STORE"];

/** The rows of a store, whether it is the one in use or not; null if it is not configured. */
export function rowStoreOf(env: Env, name: StoreName): RowStore | null {
  if (name === "d1") return d1Rows(numbered(env, "DB_", isDatabase));
  const credentials = credentialsOf(depsOf(env).config);
  return credentials.length === 0 ? null : upstashRows(credentials, Date.now);
}

function isDatabase(value: unknown): value is D1Database {
  return typeof value === "object" && value !== null && "withSession" in value;
}
