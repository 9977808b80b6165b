/**
 * One Upstash database: scripts that @upstash/redis sends over REST. Calls made in the same turn share
 * one request, up to Upstash's limits.
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
import { Moved, RunEnded } from "../places/place.ts";
import { IdTaken, StoreUnavailable } from "../store.ts";
import type { Script } from "./lua.ts";

/** The address of a database, and its token. */
export interface Credentials {
  url: string;
  token: string;
}

/** An argument of a script. */
export type Argument = string | number;

/** Where scripts run. */
export interface Scripts {
  /** Runs a script. It must be safe to repeat. @throws StoreUnavailable, Moved */
  run(script: Script, args: readonly Argument[]): Promise<unknown>;
}

interface Call {
  script: Script;
  keys: string[];
  args: Argument[];
  bytes: number;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/** Upstash's limits for one request. */
const REQUEST = { count: REDIS_REQUEST_MAX_COMMANDS, bytes: REDIS_REQUEST_MAX_BYTES };
/** Messages of Redis or Upstash for conditions that may pass. */
const PASSING =
  /\b(OOM|LOADING|READONLY|MISCONF|MASTERDOWN|NOREPLICAS|BUSY|TRYAGAIN|CLUSTERDOWN)\b|ERR max |quota exceeded/i;
/** What a script answers instead of writing, when an id that it was given belongs to something else. */
const TAKEN = /^(ERR )?TAKEN/;
/** What a script answers that concerns a bucket which is not here, and a mover's script of an earlier run. */
const ELSEWHERE = /^(ERR )?ELSEWHERE/;
const RUN_ENDED = /^(ERR )?RUN-ENDED/;
/** A request that is too large stays too large. */
const TOO_LARGE = /ERR max [\w ]*size/i;
const REFUSED = /unauthorized|WRONGPASS|NOAUTH|NOPERM/i;
const UNKNOWN_SCRIPT = /NOSCRIPT/;
/** Enough characters of an error message to recognize it. */
const MESSAGE_MAX_CHARS = 200;

/** The database refuses the token; nothing works until an operator sets another one. */
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
  /** The calls of this turn, which share a request. */
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
      // The client repeats a call that was lost on the way; every script is safe to repeat.
      retry: {
        retries: REDIS_CONNECT_ATTEMPTS - 1,
        backoff: (attempt) => REDIS_RETRY_BASE_MS * 2 ** attempt,
      },
      signal: () => AbortSignal.timeout(REDIS_TIMEOUT_MS),
    });
  }

  /**
   * Runs a script. It must be safe to repeat.
   * @param keys what its beginning needs (`lua.ts`): the buckets that it concerns, as characters
   * @throws StoreUnavailable, Moved
   */
  run(script: Script, args: readonly Argument[], keys: readonly string[] = []): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const bytes = new TextEncoder().encode(JSON.stringify(args)).byteLength;
      if (this.#waiting.length === 0) queueMicrotask(() => this.#flush());
      this.#waiting.push({ script, keys: [...keys], args: [...args], bytes, resolve, reject });
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

  /** Sends calls in one request, and once more, with the source, those whose script Redis lacks. */
  async #send(calls: readonly Call[], scripts: "known" | "sent"): Promise<void> {
    const pipeline = this.#redis.pipeline();
    for (const { script, keys, args } of calls) {
      if (scripts === "sent") pipeline.eval(script.source, keys, args);
      else pipeline.evalsha(await script.sha, keys, args);
    }
    const unknown: Call[] = [];
    const answers = await this.#exec(pipeline);
    for (const [index, call] of calls.entries()) {
      const { error, result } = answers[index] ?? { error: "no answer", result: null };
      if (error === undefined) call.resolve(result);
      else if (scripts === "known" && UNKNOWN_SCRIPT.test(error)) unknown.push(call);
      else call.reject(this.#failure(error));
    }
    // The first call of a script carries its source; the later calls in the request find it cached.
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
 * An error of the database, or of the way to it, as an error of the store's interface.
 * @param error the text that Redis answered to a script, or the value that was thrown
 */
export function failureOf(error: unknown, url: string): Error {
  const text = error instanceof Error ? error.message : String(error);
  // The client quotes the request, which may contain anything.
  const message = (text.split(", command was:")[0] ?? "").slice(0, MESSAGE_MAX_CHARS);
  if (REFUSED.test(message)) return new WrongCredentials(url);
  if (ELSEWHERE.test(message)) return new Moved(`${hostOf(url)}: ${message}`);
  if (RUN_ENDED.test(message)) return new RunEnded(`${hostOf(url)}: another mover has begun`);
  if (TAKEN.test(message)) return new IdTaken(`redis: ${message}`);
  // A script's own fault is a bug; every other failure may pass.
  const ofScript = typeof error === "string" && !PASSING.test(message);
  if (ofScript || TOO_LARGE.test(message)) return new Error(`redis: ${message}`);
  return new StoreUnavailable(`${hostOf(url)}: ${message}`, { cause: error });
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "the address in UPSTASH_REDIS_REST_URL";
}
