/** The client of Skein's API for scripts. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { type ImportReport, importReportSchema } from "../feed/wire-import.ts";
import {
  problemSchema,
  type Post,
  postSchema,
  type Session,
  sessionSchema,
  type Timeline,
  timelineSchema,
  type User,
  userSchema,
} from "../feed/wire.ts";
import {
  apiRequest,
  importRequest,
  linesOf,
  type RequestParts,
  type Transport,
} from "./api-request.ts";
import { CommandError } from "./project.ts";

/** Attempts of a call; a server that reloads is back within a second or two. */
const ATTEMPTS = 6;
const RETRY_BASE_MS = 250;

/** An error that the API answered. */
export class Refusal extends CommandError {
  override name = "Refusal";
  readonly status: number;
  readonly code: string;
  constructor(call: string, status: number, body: string) {
    const problem = problemSchema.safeParse(tryJson(body));
    const { code, detail } = problem.success ? problem.data : { code: "", detail: body };
    super(`${call} was answered ${status} ${code}: ${detail}`);
    this.status = status;
    this.code = code;
  }
}

interface Call extends RequestParts {
  method?: "GET" | "POST" | "PUT";
  /** How often the call is made at most; `ATTEMPTS` by default. */
  attempts?: number;
}

const lineSchema = z.union([
  importReportSchema,
  z.object({ lines: z.int() }),
  z.object({ line: z.int().optional(), error: z.string() }),
]);

export class SkeinClient {
  readonly #address: string;
  readonly #signal: AbortSignal | null;
  readonly #transport: Transport;

  /** @param address the origin of a Skein @param signal aborts all calls */
  constructor(address: string, signal: AbortSignal | null = null) {
    this.#address = address;
    this.#signal = signal;
    this.#transport = (request) => fetch(request, { signal });
  }

  createAccount(account: { handle: string; password: string; name: string }): Promise<Session> {
    return this.json(sessionSchema, "/v1/accounts", { method: "POST", body: account });
  }

  signIn(handle: string, password: string): Promise<Session> {
    return this.json(sessionSchema, "/v1/sessions", { method: "POST", body: { handle, password } });
  }

  user(handle: string): Promise<User> {
    return this.json(userSchema, `/v1/users/@${handle}`);
  }

  /**
   * Publishes a post; the same key and text give the same post again.
   * @param replyTo the id of the post it answers, or null
   */
  post(token: string, text: string, replyTo: string | null, key: string): Promise<Post> {
    return this.json(postSchema, "/v1/posts", {
      method: "POST",
      token,
      body: { text, ...(replyTo === null ? {} : { replyTo }) },
      headers: { "idempotency-key": key },
    });
  }

  timeline(token: string): Promise<Timeline> {
    return this.json(timelineSchema, "/v1/timeline?order=latest", { token });
  }

  /** A token for any account, for administrators. */
  tokenFor(adminToken: string, handle: string): Promise<Session> {
    return this.json(sessionSchema, "/v1/admin/tokens", {
      method: "POST",
      token: adminToken,
      body: { handle },
    });
  }

  /**
   * Imports lines.
   * @param onLines gets the number of finished lines
   * @returns the report @throws CommandError if a line is invalid or the import stopped
   */
  async importLines(
    adminToken: string,
    lines: Iterable<unknown>,
    onLines: (done: number) => void,
  ): Promise<ImportReport> {
    const answer = await this.#transport(importRequest(this.#address, adminToken, lines));
    if (!answer.ok) {
      throw new Refusal("The import", answer.status, await answer.text());
    }
    let report: ImportReport | null = null;
    let fault: string | null = null;
    for await (const read of linesOf(answer)) {
      const line = lineSchema.parse(read);
      if ("lines" in line) onLines(line.lines);
      else if ("error" in line) fault ??= `line ${line.line ?? "?"}: ${line.error}`;
      else report = line;
    }
    if (fault !== null || report === null) {
      throw new CommandError(`The import failed: ${fault ?? "its answer has no report"}`);
    }
    return report;
  }

  /** Makes a call, and retries it while the server is away or asks to wait. @throws Refusal */
  async json<T>(schema: z.ZodType<T>, path: string, call: Call = {}): Promise<T> {
    const { attempts = ATTEMPTS } = call;
    for (let attempt = 1; ; attempt++) {
      const request = apiRequest(this.#address, call.method ?? "GET", path, call);
      const answer = await this.#transport(request).catch((error: unknown) => {
        if (this.#signal?.aborted) throw error;
        if (attempt < attempts) return null;
        throw new CommandError(`${this.#address} does not answer. Is Skein running there?`, {
          cause: error,
        });
      });
      const text = (await answer?.text()) ?? "";
      if (answer?.ok) return schema.parse(JSON.parse(text));
      const mayPass = answer === null || answer.status === 429 || answer.status === 503;
      if (!mayPass || attempt >= attempts) {
        throw new Refusal(path, answer?.status ?? 0, text || "no answer");
      }
      const askedMs = Number(answer?.headers.get("retry-after") ?? 0) * 1000;
      await sleep(Math.max(askedMs, RETRY_BASE_MS * 2 ** (attempt - 1)));
    }
  }
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
