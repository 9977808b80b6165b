/** Calls of the API: each answers a value or an error, after as many attempts as make sense. */
import { retryDelayMs } from "./back-off.ts";
import { errorOf, type Result, SkeinError } from "./errors.ts";
import { type Refresh, Tokens, type TokenSource } from "./tokens.ts";

const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 10_000;

/** What a client needs to know. Everything has a default. */
export interface Settings {
  /** The origin of a Skein, such as `https://skein.example`. In a page its own by default. */
  url?: string | URL;
  token?: TokenSource;
  refresh?: Refresh;
  /** Attempts of a call that may pass the next time; 1 never repeats one. 4 by default. */
  attempts?: number;
  /** A call fails at once if the API asks to wait longer. 30 seconds by default. */
  waitMaxMs?: number;
  /** An attempt without an answer after this long has failed. 20 seconds by default. */
  timeoutMs?: number;
  /** Aborts all calls. */
  signal?: AbortSignal;
  /** Sends a request; a Worker gives `(request) => env.SKEIN.fetch(request)`. */
  fetch?: (request: Request) => Promise<Response>;
}

/** One call. */
export interface Call {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  query?: Readonly<Record<string, string | number | boolean | null | undefined>>;
  /** Sent as JSON; text is sent as it is. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Whether the call does the same if it is repeated; by default all but POST do. */
  repeatable?: boolean;
  /** Whether a repeated call that finds nothing has succeeded. */
  absentIsDone?: boolean;
  /** Lets the request go on after the page was left. */
  keepalive?: boolean;
  /** Replaces the client's. */
  attempts?: number;
  timeoutMs?: number;
}

/** A POST that does the same if it is repeated. */
export const IDEMPOTENT_POST = { method: "POST", repeatable: true } as const;

/** Codes of failures that may pass. */
const PASSING: ReadonlySet<string> = new Set(["offline", "timeout", "unavailable", "rate_limited"]);

export class Calls {
  readonly settings: Settings;
  readonly tokens: Tokens;

  constructor(settings: Settings) {
    this.settings = settings;
    this.tokens = new Tokens(settings.token, settings.refresh);
  }

  /** Makes a call and reads its JSON; `undefined` for an answer without a body. */
  json<T>(call: Call): Promise<Result<T>> {
    return this.send(call, async (answer) => {
      const text = await answer.text();
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's tests hold its answers to the schemas that give T
      return (text === "" ? undefined : JSON.parse(text)) as T;
    });
  }

  /** Makes a call whose answer has no body. */
  done(call: Call): Promise<Result<void>> {
    return this.send(call, async (answer) => void (await answer.text()));
  }

  /** Makes a call. @param read reads a successful answer; if it throws no SkeinError, the network has failed */
  async send<T>(call: Call, read: (answer: Response) => Promise<T>): Promise<Result<T>> {
    const attempts = call.attempts ?? this.settings.attempts ?? 4;
    let mayRenew = true;
    for (let attempt = 1; ; attempt++) {
      const token = await this.tokens.current();
      const result = await this.#attempt(call, token, read);
      if (result.ok) return result;
      const { error } = result;
      if (error.code === "unauthenticated" && token !== null && mayRenew) {
        mayRenew = false;
        const renewed = await this.#renewed(token);
        if (!renewed.ok) return renewed;
        if (renewed.value === null) return result;
        attempt--;
        continue;
      }
      if (call.absentIsDone === true && attempt > 1 && error.code === "not_found") {
        return { ok: true, value: await read(new Response(null, { status: 204 })) };
      }
      const waitMs = this.#waitMs(call, error, attempt);
      if (attempt >= attempts || waitMs === null) return result;
      await pause(waitMs, this.settings.signal);
    }
  }

  /** How long to wait for the next attempt; null if there should be none. */
  #waitMs(call: Call, error: SkeinError, attempt: number): number | null {
    // A refused request has done nothing; others may have, and lost their answer.
    const repeatable = call.repeatable ?? call.method !== "POST";
    if (!PASSING.has(error.code) || !(repeatable || error.code === "rate_limited")) return null;
    const askedMs = error.retryAfterMs ?? 0;
    if (askedMs > (this.settings.waitMaxMs ?? 30_000)) return null;
    return askedMs + retryDelayMs(attempt, RETRY_FIRST_MS, RETRY_MAX_MS, Math.random());
  }

  async #renewed(refused: string): Promise<Result<string | null>> {
    try {
      return { ok: true, value: await this.tokens.renew(refused) };
    } catch (error) {
      if (error instanceof SkeinError) return { ok: false, error };
      throw error;
    }
  }

  async #attempt<T>(
    call: Call,
    token: string | null,
    read: (answer: Response) => Promise<T>,
  ): Promise<Result<T>> {
    const timeout = AbortSignal.timeout(call.timeoutMs ?? this.settings.timeoutMs ?? 20_000);
    const { signal: stop } = this.settings;
    const signal = stop === undefined ? timeout : AbortSignal.any([stop, timeout]);
    const send = this.settings.fetch ?? ((request: Request) => fetch(request));
    const request = requestOf(this.settings.url, call, token, signal);
    const work = async (): Promise<Result<T>> => {
      const answer = await send(request);
      if (!answer.ok) return { ok: false, error: await errorOf(answer) };
      return { ok: true, value: await read(answer) };
    };
    try {
      return await orAborted(signal, work);
    } catch (cause) {
      if (cause instanceof SkeinError) return { ok: false, error: cause };
      if (stop?.aborted) return failure("aborted", "the call was aborted", cause);
      if (timeout.aborted) return failure("timeout", "no answer came in time", cause);
      return failure("offline", `${request.url} does not answer`, cause);
    }
  }
}

/** Does work that may not listen to the signal itself. @throws the signal's reason once it is aborted */
async function orAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  let abort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Error("aborted", { cause: signal.reason }));
    signal.addEventListener("abort", abort);
  });
  try {
    return await Promise.race([work(), aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function failure(
  code: "aborted" | "timeout" | "offline",
  message: string,
  cause: unknown,
): { ok: false; error: SkeinError } {
  return { ok: false, error: new SkeinError(code, message, { cause }) };
}

function requestOf(
  url: string | URL | undefined,
  { method, path, query, body, headers, keepalive }: Call,
  token: string | null,
  signal: AbortSignal,
): Request {
  const given = Object.entries(query ?? {}).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const search = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  );
  const address = addressOf(url, path) + (given.length === 0 ? "" : `?${search}`);
  return new Request(address, {
    method,
    signal,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    ...(keepalive === true ? { keepalive } : {}),
  });
}

function pageOrigin(): string {
  const location: unknown = Reflect.get(globalThis, "location");
  return typeof location === "object" && location !== null && "origin" in location
    ? String(location.origin)
    : "";
}

/** The address of a path of the API. @param url of the Skein; by default the page's */
export function addressOf(url: string | URL | undefined, path: string): string {
  return String(url ?? pageOrigin()).replace(/\/+$/, "") + path;
}

/** Waits, or until the signal. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end);
  });
}
