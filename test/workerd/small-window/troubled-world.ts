/** A world with faults: in messages, objects and their storage. */
import { createExecutionContext, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import type { UserId } from "../../../feed/ids.ts";
import { FRESHNESS_TRUSTED_MS } from "../../../feed/limits.ts";
import { hubOf } from "../../../feed/delivery/hub-ring.ts";
import { DEFAULT_REGION } from "../../../feed/delivery/regions.ts";
import type { Chance } from "../../model/chance.ts";
import type { Trouble } from "../../model/operations.ts";
import { Skein } from "../../model/skein.ts";
import type { AuthorFeed } from "../../../durable-objects/author-feed/author-feed.ts";
import { createApp } from "../../../workers/api/app.ts";
import { announced } from "../author-feeds.ts";
import { type Held, World } from "../world.ts";
import { waitingJobs } from "../../all-shards.ts";

/** Time between two sweeps: every authorFeed row is due again by then. */
const BETWEEN_SWEEPS_MS = 60 * 60 * 1000;
/** After this many sweeps, a job that still waits will wait forever. */
const SWEEPS_MAX = 20;
const BATCH_MAX_MESSAGES = 20;
const UNREACHABLE_CALLS_MAX = 4;
/** The share of calls to a timeline that are slow, and their longest delay. */
const FAR_PROBABILITY = 0.2;
const FAR_MAX_MS = 10;
const DELIVERY_ROUNDS = 3;
/** How many arrived messages are kept to arrive again, and how many arrive at once. */
const OLD_MESSAGES_MAX = 300;
const AGAIN_MAX_MESSAGES = 10;

const app = createApp();

export class TroubledWorld {
  readonly world: World;
  readonly skein: Skein;
  /** The same world over a path that loses and delays no call. */
  readonly sound: World;
  /** How many of the next calls to a timeline fail. */
  readonly #unreachable = new Map<UserId, number>();
  /** Authors whose author feeds were called. */
  readonly #authorFeeds = new Set<UserId>();
  #old: Held[] = [];
  #aheadMs = 0;

  /**
   * @param chance decides which calls are slow
   * @param threshold by default one that authors cross all the time
   * @param changed further changes of the Worker's environment
   */
  constructor(chance: Chance, threshold = "8", changed: Partial<Env> = {}) {
    const world = new World({
      ...changed,
      CELEBRITY_THRESHOLD: threshold,
      HOME_TIMELINE: shaky(this.#unreachable, chance),
      AUTHOR_FEED: noting(this.#authorFeeds),
    });
    this.world = world;
    this.sound = new World(changed);
    this.skein = new Skein({
      adminToken: world.env.ADMIN_TOKEN,
      // The contract check of so many long pages would take most of the test's time.
      send: (request) => (isChecked(request) ? checked(world, request) : fetched(world, request)),
    });
  }

  /** Runs until no job waits. @throws if a job waits forever */
  async quiesce(): Promise<void> {
    this.#unreachable.clear();
    for (let sweeps = 0; sweeps < SWEEPS_MAX; sweeps++) {
      await this.world.drain();
      if ((await waitingJobs(this.world.deps.store)) === 0) {
        await this.#announce();
        return;
      }
      await this.#sweep();
    }
    throw new Error("the outbox does not become empty");
  }

  /** Lets every author feed publish, and the isolate's cached view of the freshness log expire. */
  async #announce(): Promise<void> {
    if (this.#authorFeeds.size === 0) return;
    for (const author of this.#authorFeeds) {
      await announced(bindings.AUTHOR_FEED.getByName(author));
    }
    await scheduler.wait(FRESHNESS_TRUSTED_MS + 1);
  }

  /** Makes the next calls to a user's timeline fail. */
  async cutOff(handle: string, calls: number): Promise<void> {
    this.#unreachable.set((await this.skein.session(handle)).user.id, calls);
  }

  /** The faults, with weights relative to the operations. */
  troubles(): Trouble[] {
    return [
      {
        name: "some messages arrive twice and out of order",
        weight: 5,
        concurrent: true,
        delaysTimeline: false,
        cause: (chance) => this.#deliverSome(chance.fork()),
      },
      {
        name: "messages that arrived long ago arrive again",
        weight: 4,
        concurrent: true,
        delaysTimeline: false,
        cause: (chance) => {
          const again = chance.shuffle(this.#old).slice(0, 1 + chance.below(AGAIN_MAX_MESSAGES));
          this.world.held.push(...again);
          return Promise.resolve();
        },
      },
      {
        name: "messages are lost and swept",
        weight: 1,
        concurrent: false,
        delaysTimeline: false,
        cause: async () => {
          this.world.loseMessages();
          await this.#sweep();
        },
      },
      this.#trouble("an object is evicted", 5, () => Promise.resolve()),
      this.#trouble("a timeline goes cold", 1, async (home) => {
        await home.forget();
      }),
      this.#trouble("a timeline's storage is lost", 1, async (home) => {
        await runInDurableObject(home, (_, state) => state.storage.deleteAll());
      }),
      this.#authorFeedTrouble("an author feed is evicted", 4, () => Promise.resolve()),
      this.#authorFeedTrouble("the storage of an author feed is lost", 1, async (authorFeed) => {
        // An unpublished change shows only with the author's next one: docs/architecture.md.
        await announced(authorFeed);
        await runInDurableObject(authorFeed, (_, state) => state.storage.deleteAll());
      }),
      {
        name: "a hub loses its memory",
        weight: 2,
        concurrent: true,
        delaysTimeline: false,
        cause: async (_, handle) => {
          const { user } = await this.skein.session(handle);
          await evict(bindings.HUB.getByName(hubOf(DEFAULT_REGION, 1, user.id)));
        },
      },
      {
        name: "a timeline is unreachable for a few calls",
        weight: 2,
        concurrent: false,
        delaysTimeline: true,
        cause: (chance, handle) => this.cutOff(handle, 1 + chance.below(UNREACHABLE_CALLS_MAX)),
      },
    ];
  }

  /** In a few rounds, so that some of the messages sent meanwhile arrive, too. */
  async #deliverSome(chance: Chance): Promise<void> {
    for (let round = 0; round < DELIVERY_ROUNDS; round++) {
      const { held } = this.world;
      this.#old = [...held, ...this.#old].slice(0, OLD_MESSAGES_MAX);
      await this.world.deliverSome(1 + chance.below(1 + held.length), {
        duplicate: () => chance.happens(0.2),
        shuffle: (messages) => chance.shuffle(messages),
        batchSize: 1 + chance.below(BATCH_MAX_MESSAGES),
      });
      await scheduler.wait(chance.below(FAR_MAX_MS));
    }
  }

  /** A fault of a timeline that has to restart afterwards. */
  #trouble(name: string, weight: number, work: (home: Home) => Promise<unknown>): Trouble {
    return {
      name,
      weight,
      concurrent: false,
      delaysTimeline: false,
      cause: async (_, handle) => {
        const session = await this.skein.session(handle);
        await work(this.sound.home(session));
        await this.sound.evict(session);
      },
    };
  }

  /** A fault of an author feed that has to restart afterwards. */
  #authorFeedTrouble(
    name: string,
    weight: number,
    work: (authorFeed: DurableObjectStub<AuthorFeed>) => Promise<unknown>,
  ): Trouble {
    return {
      name,
      weight,
      concurrent: false,
      delaysTimeline: false,
      cause: async (chance) => {
        if (this.#authorFeeds.size === 0) return;
        const authorFeed = bindings.AUTHOR_FEED.getByName(chance.pick([...this.#authorFeeds]));
        await work(authorFeed);
        await evict(authorFeed);
      },
    };
  }

  async #sweep(): Promise<void> {
    this.#aheadMs += BETWEEN_SWEEPS_MS;
    await this.world.sweep(this.#aheadMs);
  }
}

type Home = ReturnType<World["home"]>;

/** Evicts an object from memory, if it is loaded. */
async function evict(stub: DurableObjectStub): Promise<void> {
  try {
    await evictDurableObject(stub);
  } catch (error) {
    if (!String(error).includes("not currently running")) throw error;
  }
}

/** The author feeds' namespace, which records the authors that were called. */
function noting(called: Set<UserId>): Env["AUTHOR_FEED"] {
  const { AUTHOR_FEED: namespace } = bindings;
  return new Proxy(namespace, {
    get: (target, key): unknown => {
      if (key === "getByName") {
        return (author: UserId) => {
          called.add(author);
          return namespace.getByName(author);
        };
      }
      const kept: unknown = Reflect.get(target, key);
      return typeof kept === "function" ? kept.bind(target) : kept;
    },
  });
}

function isChecked({ method, url }: Request): boolean {
  return method !== "GET" && !url.endsWith("/import");
}

/** Sends a request, and checks its answer against the contract. */
async function checked(world: World, request: Request): Promise<Response> {
  const { status, body } = await world.send(request);
  return new Response(body === null ? null : JSON.stringify(body), { status });
}

async function fetched(world: World, request: Request): Promise<Response> {
  return app.fetch(request, world.env, createExecutionContext());
}

/** The timelines' namespace, in which some calls fail and some are slow. */
function shaky(unreachable: Map<UserId, number>, chance: Chance): Env["HOME_TIMELINE"] {
  const { HOME_TIMELINE: namespace } = bindings;
  const getByName: typeof namespace.getByName = (name, options) => {
    const left = unreachable.get(name) ?? 0;
    if (left > 0) {
      unreachable.set(name, left - 1);
      throw new Error("the object is unreachable");
    }
    const stub = namespace.getByName(name, options);
    return chance.happens(FAR_PROBABILITY) ? far(stub, chance.below(FAR_MAX_MS)) : stub;
  };
  return new Proxy(namespace, {
    get: (target, key): unknown => {
      if (key === "getByName") return getByName;
      const kept: unknown = Reflect.get(target, key);
      return typeof kept === "function" ? kept.bind(target) : kept;
    },
  });
}

/** An object whose calls are delayed, so that other calls overtake them. */
function far<T extends object>(stub: T, latencyMs: number): T {
  return new Proxy(stub, {
    get: (target, key): unknown => {
      const verb: unknown = Reflect.get(target, key);
      if (typeof verb !== "function") return verb;
      return async (...args: unknown[]): Promise<unknown> => {
        await scheduler.wait(latencyMs);
        const answer: unknown = await Reflect.apply(verb, target, args);
        return answer;
      };
    },
  });
}
