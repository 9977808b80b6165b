/** The dependencies of requests, consumers and the sweep, made once for each isolate and its bindings. */
import { waitUntil } from "cloudflare:workers";
import { d1OldTraining } from "../db/d1/old-training.ts";
import { d1Places } from "../db/d1/store.ts";
import { storeObjects } from "../db/objects/store-objects.ts";
import { objectPlace } from "../db/objects/store.ts";
import { routedStore } from "../db/places/routed-store.ts";
import { Router } from "../db/places/router.ts";
import type { Account, OldTraining, Store, TrainingLog } from "../db/store.ts";
import { d1TrainingLog } from "../db/training/d1-log.ts";
import { r2TrainingLog } from "../db/training/r2-log.ts";
import type { Credentials } from "../db/upstash/database.ts";
import { upstashPlaces } from "../db/upstash/store.ts";
import type { UserId } from "../feed/ids.ts";
import type { PostBody } from "../feed/timeline/entry.ts";
import { type Config, readConfig } from "./config.ts";
import { Counters } from "./counters.ts";
import { EventQueue } from "./export/event-queue.ts";
import type { EventLog } from "./export/event-log.ts";
import { KafkaTopic } from "./export/kafka.ts";
import { Webhook } from "./export/webhook.ts";
import { CountsCache } from "./timeline/counts.ts";
import { type NewIds, newIds } from "./id-source.ts";
import { type JobQueues, queuesOf } from "../durable-objects/job-queues.ts";
import { numbered } from "../durable-objects/numbered.ts";
import { type HomeStub, Objects, type AuthorFeedStub } from "../durable-objects/objects.ts";
import { SessionChecks } from "./auth/session-checks.ts";
import { SubjectAccounts } from "./auth/subject-accounts.ts";
import { CrowdReads } from "./crowd/crowd-reads.ts";
import { accountSource, postSource, replySource, type Replies } from "./crowd/sources.ts";
import { Backlogs } from "./metrics/backlogs.ts";
import { Budgets } from "./write/budgets.ts";
import { Administrators } from "./auth/administrators.ts";
import { Passwords } from "./auth/passwords.ts";
import { Meter } from "./metrics/meter.ts";
import { PulledPages } from "./pull/pulled-pages.ts";
import { pullSources } from "./pull/sources.ts";
import type { NearCache } from "./near/near-cache.ts";
import type { NearPlace } from "./near/near-values.ts";
import { Models } from "./rank/models.ts";

export interface Deps extends NewIds {
  config: Config;
  store: Store;
  /** The places of the store, and where each bucket is. */
  router: Router;
  /** In R2 if a bucket is bound, otherwise in a D1 database of its own; whichever database `store` is. */
  trainingLog: TrainingLog;
  /** What earlier versions kept in the shards of D1. */
  oldTraining: OldTraining;
  homes: Objects<HomeStub>;
  counters: Counters;
  authorFeeds: Objects<AuthorFeedStub>;
  pulledPages: PulledPages;
  queues: JobQueues;
  counts: CountsCache;
  /** Posts by id, for those who open one or react to it. */
  posts: CrowdReads<PostBody>;
  /** The newest replies to posts that a crowd reads. */
  replies: CrowdReads<Replies>;
  /** Accounts by id, or by `@` and handle, for those who look at one or follow it. */
  accounts: CrowdReads<Account>;
  /** Whether sessions last. */
  sessions: SessionChecks;
  /** The accounts of other issuers' subjects. */
  subjects: SubjectAccounts;
  models: Models;
  passwords: Passwords;
  administrators: Administrators;
  budgets: Budgets;
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

/** The dependencies over an isolate's bindings, made once. @param near the cache of its data centre */
export function depsOf(env: Env, near: NearCache = caches.default): Deps {
  const known = made.get(env);
  if (known !== undefined) return known;
  const config = readConfig(env);
  const router = routerOf(config, env);
  const store = routedStore(router);
  const homes = new Objects(env.HOME_TIMELINE, "home timeline");
  const authorFeeds = new Objects(env.AUTHOR_FEED, "author feed");
  const nowMs = () => Date.now();
  const meter = new Meter(
    async (region, sums) =>
      env.METRICS_AGGREGATOR.getByName(region, { locationHint: region }).add(sums),
    nowMs,
  );
  const queues = queuesOf(env);
  const ids = newIds(nowMs);
  const place: NearPlace = { near, nowMs, afterwards: waitUntil };
  const deps: Deps = {
    config,
    store,
    router,
    trainingLog: trainingLogOf(env, nowMs),
    oldTraining: d1OldTraining(numbered(env, "DB_", isDatabase)),
    homes,
    sessions: new SessionChecks({ homes, store, nowMs }),
    subjects: new SubjectAccounts({ store, near, nowMs, ...ids }),
    counters: new Counters(new Objects(env.POST_COUNTER, "counter")),
    authorFeeds,
    pulledPages: new PulledPages(
      pullSources(env, { authorFeeds, store, nowMs }, place),
      nowMs,
      (source, count) => meter.count("pulled_heads", source, count),
    ),
    queues,
    counts: new CountsCache(env.COUNTS, place, meter),
    posts: new CrowdReads(postSource(store), near, nowMs),
    replies: new CrowdReads(replySource(store), near, nowMs),
    accounts: new CrowdReads(accountSource(store), near, nowMs),
    meter,
    backlogs: new Backlogs(queues, nowMs),
    models: new Models(env.MODELS, nowMs),
    budgets: new Budgets(homes, config),
    administrators: new Administrators(
      new Objects(env.ADMINISTRATION, "administration"),
      config.ADMIN_TOKEN,
    ),
    passwords: new Passwords(new Objects(env.PASSWORD_HASHER, "password hasher"), config),
    events: config.EXPORT === "off" ? null : new EventQueue(env.EXPORT_QUEUE),
    eventLog: eventLogOf(config),
    mayReadArchive: async (user) =>
      config.RATE_LIMITS === "off" || (await env.LIMIT_ARCHIVE.limit({ key: user })).success,
    nowMs,
    ...ids,
  };
  made.set(env, deps);
  return deps;
}

/** All places that are configured: those of the kind `STORE` first, because work for each shard begins there. */
function routerOf(config: Config, env: Env): Router {
  if (config.STORE === "objects") {
    return new Router([objectPlace(storeObjects(env.STORE_OBJECT))], config.STORE);
  }
  const d1 = d1Places(numbered(env, "DB_", isDatabase));
  const upstash = upstashPlaces(credentialsOf(config), () => Date.now());
  return new Router(
    config.STORE === "d1" ? [...d1, ...upstash] : [...upstash, ...d1],
    config.STORE,
  );
}

/** Where events go; null while nothing is exported. */
function eventLogOf(config: Config): EventLog | null {
  if (config.EXPORT === "off") return null;
  return config.EXPORT === "kafka" ? new KafkaTopic(config) : new Webhook(config);
}

/** The log's bucket is bound by `npm run deploy`, in an account that has R2. */
function trainingLogOf(
  env: Env & { TRAINING_BUCKET?: R2Bucket },
  nowMs: () => number,
): TrainingLog {
  const { TRAINING_BUCKET: bucket, TRAINING_DB: database } = env;
  return bucket === undefined ? d1TrainingLog(database, nowMs) : r2TrainingLog(bucket);
}

/** The configured Redis databases. */
function credentialsOf(config: Config): Credentials[] {
  const { UPSTASH_REDIS_REST_URL: urls, UPSTASH_REDIS_REST_TOKEN: tokens } = config;
  return urls.map((url, index) => ({ url, token: tokens[index] ?? "" }));
}

function isDatabase(value: unknown): value is D1Database {
  return typeof value === "object" && value !== null && "withSession" in value;
}
