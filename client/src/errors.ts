/** Errors as values: every call answers a `Result`. */
import type { Problem } from "./wire.ts";

/**
 * Why a call failed: a code of the API, or `offline` (no answer came), `timeout` (none came in time),
 * `aborted` (the caller's signal).
 */
export type ErrorCode = Problem["code"] | "offline" | "timeout" | "aborted";

/** A failed call. Its message is for developers; show people a text of your own for each code. */
export class SkeinError extends Error {
  override readonly name = "SkeinError";
  readonly code: ErrorCode;
  /** The HTTP status; null without an answer. */
  readonly status: number | null;
  /** The invalid fields of the request. */
  readonly fields: NonNullable<Problem["errors"]>;
  /** How long the API asks to wait, in milliseconds; null if it does not ask. */
  readonly retryAfterMs: number | null;
  /** The id of the request in the API's log; null without an answer. */
  readonly requestId: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    more: Partial<Pick<SkeinError, "status" | "fields" | "retryAfterMs" | "requestId">> & {
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.code = code;
    this.status = more.status ?? null;
    this.fields = more.fields ?? [];
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.requestId = more.requestId ?? null;
  }
}

/** The value of a call, or why there is none. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: SkeinError };

/** The value of a result. @throws SkeinError if it has none */
export function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw result.error;
}

/** The code of an answer that is no problem document, as a proxy sends it. */
function codeOf(status: number): ErrorCode {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not_found";
  if (status === 413) return "payload_too_large";
  if (status === 429) return "rate_limited";
  if (status >= 502 && status <= 504) return "unavailable";
  return status < 500 ? "invalid_request" : "internal";
}

/** Reads the error of an answer that is no success. */
export async function errorOf(answer: Response): Promise<SkeinError> {
  const { status, statusText, headers } = answer;
  const problem = asProblem(await answer.text());
  const seconds = Number.parseFloat(headers.get("retry-after") ?? "");
  return new SkeinError(
    problem?.code ?? codeOf(status),
    problem?.detail ?? `the answer was ${status} ${statusText}`,
    {
      status,
      fields: problem?.errors ?? [],
      retryAfterMs: seconds >= 0 ? seconds * 1000 : null,
      requestId: headers.get("x-request-id"),
    },
  );
}

function asProblem(text: string): Partial<Problem> | null {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body !== "object" || body === null || !("code" in body)) return null;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's tests hold its answers to the schema
    return typeof body.code === "string" ? (body as Partial<Problem>) : null;
  } catch {
    return null;
  }
}
