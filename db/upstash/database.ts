/**
 * One Upstash database: scripts sent over REST by @upstash/redis. Calls made in the same turn share
 * one request, as long as it stays below what Upstash takes.
 */
import { Redis } from "@upstash/redis/cloudflare";
import { batchesOf } from "../../feed/delivery/batches.ts";
import {
  REDIS_CONNECT_ATTEMPTS,
  REDIS_REQUEST_MAX_BYTES,
  REDIS_REQUEST_MAX_COMMANDS,
  REDIS_RETRY_BASE_MS,
  REDIS_TIMEOUT_MS,
} from "../../feed/limits.ts";
import { StoreUnavailable } from "../store.ts";
import type { Script } from "./lua.ts";

/** Where a database is, and the right to use it. */
export interface Credentials {
  url: string;
  token: string;
}

/** What a script can be given. */
export type Argument = string | number;

interface Call {
  script: Script;
  args: Argument[];
  bytes: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** What Upstash takes at once. */
const REQUEST = { count: REDIS_REQUEST_MAX_COMMANDS, bytes: REDIS_REQUEST_MAX_BYTES };
/** What Redis or Upstash says when it can't do now what it could do before: it may pass. */
const PASSING =
  /\b(OOM|LOADING|READONLY|MISCONF|MASTERDOWN|NOREPLICAS|BUSY|TRYAGAIN|CLUSTERDOWN)\b|ERR max |quota exceeded/i;
/** One that is too large will be too large again. */
const TOO_LARGE = /ERR max [\w ]*size/i;
const REFUSED = /unauthorized|WRONGPASS|NOAUTH|NOPERM/i;
const UNKNOWN_SCRIPT = /NOSCRIPT/;
/** Enough of an error to know it by. */
const MESSAGE_MAX_CHARS = 200;

/** The token is not good for the database: nothing will work until somebody sets another. */
export class WrongCredentials extends StoreUnavailable {
  constructor(url: string) {
    super(
      `${hostOf(url)} does not accept the token: set UPSTASH_REDIS_REST_URL and ` +
        "UPSTASH_REDIS_REST_TOKEN to those of one database",
    );
  }
}

export class Database {
  readonly #redis: Redis;
  readonly #url: string;
  /** Calls of this turn, which go together. */
  #waiting: Call[] = [];

  constructor({ url, token }: Credentials) {
    this.#url = url;
    this.#redis = new Redis({
      url,
      token,
      enableTelemetry: false,
      automaticDeserialization: false,
      enableAutoPipelining: false,
      readYourWrites: true,
      // A call that was lost on the way is repeated; every script is safe to repeat.
      retry: {
        retries: REDIS_CONNECT_ATTEMPTS - 1,
        backoff: (attempt) => REDIS_RETRY_BASE_MS * 2 ** attempt,
      },
      signal: () => AbortSignal.timeout(REDIS_TIMEOUT_MS),
    });
  }

  /** Runs a script. It must be safe to repeat. @throws StoreUnavailable */
  run(script: Script, args: readonly Argument[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const bytes = new TextEncoder().encode(JSON.stringify(args)).byteLength;
      if (this.#waiting.length === 0) queueMicrotask(() => this.#flush());
      this.#waiting.push({ script, args: [...args], bytes, resolve, reject });
    });
  }

  #flush(): void {
    const calls = this.#waiting;
    this.#waiting = [];
    for (const request of batchesOf(calls, REQUEST, ({ bytes }) => bytes)) {
      this.#send(request, "known").catch((error: unknown) => {
        for (const call of request) call.reject(error);
      });
    }
  }

  /** Sends calls in one request; those whose script Redis has forgotten go once more, with it. */
  async #send(calls: readonly Call[], scripts: "known" | "sent"): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const { script, args } of calls) {
      if (scripts === "sent") pipeline.eval(script.source, [], args);
      else pipeline.evalsha(await script.sha, [], args);
    }
    const unknown: Call[] = [];
    const answers = await this.#exec(pipeline);
    for (const [index, call] of calls.entries()) {
      const { error, result } = answers[index] ?? { error: "no answer", result: null };
      if (error === undefined) call.resolve(result);
      else if (scripts === "known" && UNKNOWN_SCRIPT.test(error)) unknown.push(call);
      else call.reject(this.#failure(error));
    }
    // A source is sent once in a request: the others of the same script follow and find it known.
    if (unknown.length > 0) await this.#teach(unknown);
  }

  async #teach(calls: readonly Call[]): Promise<void> {
    const first = new Map(calls.map((call) => [call.script, call]));
    const rest = calls.filter((call) => first.get(call.script) !== call);
    await this.#send([...first.values()], "sent");
    if (rest.length > 0) await this.#send(rest, "known");
  }

  async #exec(pipeline: ReturnType<Redis["pipeline"]>) {
    try {
      return await pipeline.exec<unknown[]>({ keepErrors: true });
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): Error {
    return failureOf(error, this.#url);
  }
}

/**
 * An error of the database, or of the way to it, as the store's interface words it.
 * @param error of a script the text that Redis answered; else whatever was thrown
 */
export function failureOf(error: unknown, url: string): Error {
  const text = error instanceof Error ? error.message : String(error);
  // The client quotes the request, in which anything may stand.
  const message = (text.split(", command was:")[0] ?? "").slice(0, MESSAGE_MAX_CHARS);
  if (REFUSED.test(message)) return new WrongCredentials(url);
  // What the script itself did wrong is a bug; whatever else went wrong may pass.
  const ofScript = typeof error === "string" && !PASSING.test(message);
  if (ofScript || TOO_LARGE.test(message)) return new Error(`redis: ${message}`);
  return new StoreUnavailable(`${hostOf(url)}: ${message}`, { cause: error });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the address in UPSTASH_REDIS_REST_URL";
}
