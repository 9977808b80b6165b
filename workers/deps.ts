/** What requests, consumers and the sweep work with; made once for each isolate and its bindings. */
import { d1Store } from "../db/d1/store.ts";
import type { Store } from "../db/store.ts";
import { ID_RANDOM_RANGE, type Id, makeId } from "../feed/ids.ts";
import { type Config, readConfig } from "./config.ts";
import { CountsCache } from "./counts.ts";
import { JobQueues } from "./job-queues.ts";
import { type CounterStub, type HomeStub, Objects, type OutboxStub } from "./objects.ts";
import { PulledPages } from "./pull/pulled-pages.ts";
import { pullSources } from "./pull/sources.ts";
import { Models } from "./rank/models.ts";

export interface Deps {
  config: Config;
  store: Store;
  homes: Objects<HomeStub>;
  counters: Objects<CounterStub>;
  outboxes: Objects<OutboxStub>;
  pulledPages: PulledPages;
  queues: JobQueues;
  counts: CountsCache;
  models: Models;
  nowMs(): number;
  newId(bucket: number): Id;
}

const made = new WeakMap<Env, Deps>();

/** The dependencies over an isolate's bindings. */
export function depsOf(env: Env): Deps {
  const known = made.get(env);
  if (known !== undefined) return known;
  const config = readConfig(env);
  const store = d1Store(numbered(env, "DB_", isDatabase));
  const outboxes = new Objects(env.AUTHOR_OUTBOX, "outbox");
  const nowMs = () => Date.now();
  const deps: Deps = {
    config,
    store,
    homes: new Objects(env.HOME_TIMELINE, "home timeline"),
    counters: new Objects(env.POST_COUNTER, "counter"),
    outboxes,
    pulledPages: new PulledPages(pullSources(env, { outboxes, store, nowMs }), nowMs),
    queues: new JobQueues(numbered(env, "FANOUT_", isQueue), numbered(env, "EVENTS_", isQueue)),
    counts: new CountsCache(env.COUNTS),
    models: new Models(env.MODELS, nowMs),
    nowMs,
    newId: (bucket) => makeId(Date.now(), bucket, randomPart()),
  };
  made.set(env, deps);
  return deps;
}

/** The bindings `prefix0 … prefixN`, in order; adding one to wrangler.toml is all it takes. */
function numbered<T>(env: Env, prefix: string, is: (value: unknown) => value is T): T[] {
  const bindings = new Map<string, unknown>(Object.entries(env));
  const found: T[] = [];
  for (let k = 0; ; k++) {
    const binding = bindings.get(`${prefix}${k}`);
    if (!is(binding)) return found;
    found.push(binding);
  }
}

function isDatabase(value: unknown): value is D1Database {
  return typeof value === "object" && value !== null && "withSession" in value;
}

function isQueue(value: unknown): value is Queue {
  return typeof value === "object" && value !== null && "sendBatch" in value;
}

function randomPart(): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  return random % ID_RANDOM_RANGE;
}
