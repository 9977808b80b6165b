/**
 * A Skein in the test's own isolate: the whole Worker with real databases and objects, but with queues
 * that hold their messages, so that the test decides when messages arrive, how often and in which
 * order.
 */
import {
  createExecutionContext,
  evictDurableObject,
  waitOnExecutionContext,
} from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import { z } from "zod";
import type { Session, Timeline } from "../../feed/wire.ts";
import { allLinesOf, apiRequest, importRequest, type RequestParts } from "../api-request.ts";
import { createApp } from "../../workers/api/app.ts";
import { consume } from "../../workers/jobs/consumer.ts";
import { type Deps, depsOf } from "../../workers/deps.ts";
import { sweepShard, sweptShards } from "../../workers/jobs/sweep.ts";
import { OUTBOX_RESEND_MS, SWEEP_MAX_ROWS } from "../../feed/limits.ts";
import { takeDueJobs } from "../all-shards.ts";
import { DataCentre } from "../data-centre.ts";
import { keepNoCounts } from "./kept-counts.ts";
import { noteObject } from "./store-objects.ts";
import { holdSendsOf, watchedNames } from "./inside.ts";
import { Contract, type OpenApiDocument } from "../contract/check.ts";

const ORIGIN = "http://skein.test";
const app = createApp();
let contract: Contract | undefined;
let names = 0;

/** A message that waits in a held queue. */
export interface Held {
  body: unknown;
}

/** An answer. */
export interface Received<T> {
  status: number;
  body: T;
  headers: Headers;
}

/** How held messages are handed to the consumer. */
export interface Delivery {
  /** Called for every message; true hands it over twice. */
  duplicate?: () => boolean;
  /** Reorders messages. */
  shuffle?: (messages: Held[]) => Held[];
  batchSize?: number;
}

const reportSchema = z.object({ next: z.number().nullish() });

export class World {
  /** The Worker's bindings, with queues that hold their messages. */
  readonly env: Env;
  readonly deps: Deps;
  /** Messages sent and not yet handed to the consumer. */
  held: Held[] = [];
  sent = 0;
  /**
   * Messages that counters of this world sent from their alarms. They depend on the clock, so they are
   * kept apart: `drain` delivers them, and no random draw counts them.
   */
  heldOfObjects: Held[] = [];
  sentByObjects = 0;

  constructor(changed: Partial<Env> = {}) {
    const held = (): Queue => holdingQueue((messages) => this.#hold(messages));
    const queues = { FANOUT_0: held(), FANOUT_1: held(), COUNTING_0: held(), COUNTING_1: held() };
    const env = { ...bindings, ...queues, ...changed };
    const POST_COUNTER = watchedNames(env.POST_COUNTER, (post) =>
      holdSendsOf(post, (message) => {
        this.sentByObjects++;
        this.heldOfObjects.push({ body: asKept(message) });
      }),
    );
    this.env = {
      ...env,
      POST_COUNTER,
      STORE_OBJECT: watchedNames(env.STORE_OBJECT, noteObject),
    };
    // Every world is in a data centre of its own, so that it knows nothing that another one has read.
    this.deps = depsOf(this.env, new DataCentre());
    keepNoCounts(this.deps, this.env);
  }

  /** Sends a request and checks the answer against the contract. */
  call<T = unknown>(method: string, path: string, parts: RequestParts = {}): Promise<Received<T>> {
    return this.send<T>(apiRequest(ORIGIN, method, path, parts));
  }

  /** Sends a request as it is and checks the answer against the contract. */
  async send<T = unknown>(request: Request): Promise<Received<T>> {
    const { method, url } = request;
    const context = createExecutionContext();
    const response = await app.fetch(request, this.env, context);
    const received = {
      status: response.status,
      headers: response.headers,
      body: await read(response),
    };
    // Work that the Worker does after its answer ends before the test continues.
    await waitOnExecutionContext(context);
    (await this.#contract()).check(method, url, received);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract check has validated it
    return received as Received<T>;
  }

  /** Makes an account without hashing a password. */
  async account(
    handle = `user_${(names++).toString(36)}_${Date.now().toString(36)}`,
  ): Promise<Session> {
    await this.import([{ user: { handle } }]);
    return this.session(handle);
  }

  /** Signs somebody in without a password. */
  async session(handle: string): Promise<Session> {
    const { body } = await this.call<Session>("POST", "/v1/admin/tokens", {
      token: this.env.ADMIN_TOKEN,
      body: { handle },
    });
    return body;
  }

  /** Imports lines, in as many requests as that takes, and returns the answers, line by line. */
  async import(lines: readonly unknown[]): Promise<unknown[]> {
    const request = importRequest(ORIGIN, this.env.ADMIN_TOKEN, lines);
    const answer = await allLinesOf(await app.fetch(request, this.env));
    const { next } = reportSchema.parse(answer.at(-1));
    return typeof next === "number"
      ? [...answer, ...(await this.import(lines.slice(next - 1)))]
      : answer;
  }

  /** Publishes a post and returns its id. */
  async post(author: Session, text: string, replyTo?: string): Promise<string> {
    const { body } = await this.call<{ id: string }>("POST", "/v1/posts", {
      token: author.token,
      body: replyTo === undefined ? { text } : { text, replyTo },
    });
    return body.id;
  }

  async follow(follower: Session, followee: Session, following = true): Promise<void> {
    const method = following ? "PUT" : "DELETE";
    await this.call(method, `/v1/users/${followee.user.id}/follow`, { token: follower.token });
  }

  /** Makes an author, and followers whose timelines are warm. */
  async audience(count: number): Promise<{ author: Session; readers: Session[] }> {
    const author = await this.account();
    const readers: Session[] = [];
    for (let n = 0; n < count; n++) {
      const reader = await this.account();
      await this.scroll(reader);
      await this.follow(reader, author);
      readers.push(reader);
    }
    return { author, readers };
  }

  /** Scrolls `latest` to its end and returns the ids of the posts shown. */
  async scroll(viewer: Session, limit = 100): Promise<string[]> {
    const shown: string[] = [];
    let cursor = "";
    for (;;) {
      const path = `/v1/timeline?order=latest&limit=${limit}${cursor}`;
      const { body, status } = await this.call<Timeline>("GET", path, { token: viewer.token });
      if (status !== 200) throw new Error(`timeline answered ${status}: ${JSON.stringify(body)}`);
      shown.push(...body.items.map((item) => item.post.id));
      if (body.next === null) return shown;
      const next = `&cursor=${body.next}`;
      if (next === cursor) throw new Error(`the scroll does not advance from ${body.next}`);
      cursor = next;
    }
  }

  /** Hands every held message to the consumer, and those it sends in turn, until none is left. */
  async drain(delivery: Delivery = {}): Promise<void> {
    while (this.held.length + this.heldOfObjects.length > 0) {
      await this.deliverSome(this.held.length, delivery);
      await this.#deliverOfObjects(delivery);
    }
  }

  /** Hands up to `count` held messages to the consumer. */
  async deliverSome(count: number, delivery: Delivery = {}): Promise<void> {
    const { duplicate = () => false, shuffle = (all) => all, batchSize = 20 } = delivery;
    const taken = shuffle(this.held).slice(0, count);
    this.held = this.held.filter((message) => !taken.includes(message));
    const all = shuffle(taken.flatMap((message) => (duplicate() ? [message, message] : [message])));
    for (let at = 0; at < all.length; at += batchSize) {
      await this.handOver(all.slice(at, at + batchSize));
    }
  }

  /** Hands one batch to the consumer; retried messages are held again. */
  async handOver(messages: readonly Held[]): Promise<void> {
    const batch = messages.map((message, index) => ({ message, index, answer: "none" }));
    await consume(this.deps, {
      queue: "skein-fanout-0",
      messages: batch.map((item) => ({
        id: String(item.index),
        timestamp: new Date(),
        attempts: 1,
        body: item.message.body,
        ack: () => (item.answer = "ack"),
        retry: () => (item.answer = "retry"),
      })),
    });
    for (const { message, answer } of batch) {
      if (answer === "retry") this.held.push(message);
      if (answer === "none") throw new Error("the consumer did not answer a message");
    }
  }

  /** Drops every held message, as a crash of a local queue does. */
  loseMessages(): void {
    this.held = [];
  }

  /**
   * Runs the sweep of every shard as it will run at `afterMs` from now, without the messages that bring
   * it to each shard. @returns how many jobs it sent again
   */
  async sweep(afterMs = 0): Promise<number> {
    const deps = { ...this.deps, nowMs: () => Date.now() + afterMs };
    let sent = 0;
    for (let shard = 0; shard < sweptShards(deps); shard++) sent += await sweepShard(deps, shard);
    return sent + (deps.store.dueJobs === null ? await this.#sweepOwners(deps.nowMs()) : 0);
  }

  /** Sends the due jobs of a store whose owners do so themselves, as of a time. */
  async #sweepOwners(nowMs: number): Promise<number> {
    const due = await takeDueJobs(this.deps.store, nowMs, OUTBOX_RESEND_MS, SWEEP_MAX_ROWS);
    await this.deps.queues.sendSwept(due);
    return due.length;
  }

  home(user: Session) {
    return this.env.HOME_TIMELINE.getByName(user.user.id);
  }

  /** Evicts a home timeline from memory; its storage stays. */
  async evict(user: Session): Promise<void> {
    try {
      await evictDurableObject(this.home(user));
    } catch (error) {
      if (!String(error).includes("not currently running")) throw error;
    }
  }

  #hold(messages: readonly unknown[]): void {
    this.sent += messages.length;
    for (const body of messages) this.held.push({ body: asKept(body) });
  }

  /** Options that deliver every message twice and out of order. */
  async #deliverOfObjects({ duplicate, batchSize = 20 }: Delivery): Promise<void> {
    const taken = this.heldOfObjects.splice(0);
    const all = duplicate === undefined ? taken : [...taken, ...taken.toReversed()];
    for (let at = 0; at < all.length; at += batchSize) {
      await this.handOver(all.slice(at, at + batchSize));
    }
  }

  /** The Worker's OpenAPI document. */
  async document(): Promise<OpenApiDocument> {
    const response = await app.fetch(new Request("http://skein.test/openapi.json"), this.env);
    return response.json<OpenApiDocument>();
  }

  async #contract(): Promise<Contract> {
    contract ??= new Contract(await this.document());
    return contract;
  }
}

/** A queue stores bytes: a value that is not JSON would be lost. */
function asKept(body: unknown): unknown {
  return JSON.parse(JSON.stringify(body));
}

async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return null;
  return /\bjson\b/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
}

function holdingQueue(hold: (bodies: unknown[]) => void): Queue {
  const answer = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  return {
    send: (body) => {
      hold([body]);
      return Promise.resolve(answer);
    },
    sendBatch: (messages) => {
      hold([...messages].map((message) => message.body));
      return Promise.resolve(answer);
    },
    metrics: () => Promise.resolve({ backlogCount: 0, backlogBytes: 0 }),
  };
}
