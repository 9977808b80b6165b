/** The calls of Skein's API for its operators. Each is named as its operation in the API's document. */
import { readExport } from "./account-export.ts";
import { type Call, Calls, type Settings } from "./calls.ts";
import { type Result, SkeinError } from "./errors.ts";
import { linesOf } from "./lines.ts";
import { Pages } from "./pages.ts";
import type {
  AccountState,
  BucketsToMove,
  CheckedCounts,
  DeadLetter,
  ExportLine,
  Figures,
  ImportAnswer,
  ImportLine,
  ImportReport,
  ModelName,
  ModelStatus,
  MoveStep,
  RetriedDeadLetters,
  Session,
  StorePlaces,
  WantedState,
} from "./wire.ts";

/** An import has no answer at all only while its first lines are stored, and lasts as long as it has lines. */
const IMPORT_TIMEOUT_MS = 60 * 60 * 1000;

/** Every POST of an administrator does the same if it is repeated. */
const IDEMPOTENT_POST = { method: "POST", repeatable: true } as const;

/** A client with the ADMIN_TOKEN as its token. */
export class SkeinAdministration {
  readonly #calls: Calls;

  constructor(settings: Settings) {
    this.#calls = new Calls(settings);
  }

  /** Makes a token for an account. */
  mintToken(handle: string): Promise<Result<Session>> {
    return this.#post("tokens", { body: { handle } });
  }

  /**
   * Imports accounts, follows, posts, likes and reposts; those that exist are skipped, so an import can be repeated.
   * It makes as many requests as that takes.
   * @param onAnswer gets each line of the answer: progress, ids, and errors with their line numbers
   * @param ids whether the ids of what lines have made are answered
   * @returns the report, or the error that stopped the import
   */
  async importLines(
    lines: Iterable<ImportLine | string>,
    onAnswer: (answer: ImportAnswer) => void = () => undefined,
    { ids = false } = {},
  ): Promise<Result<ImportReport>> {
    const texts = [...lines].map((line) =>
      typeof line === "string" ? line : JSON.stringify(line),
    );
    let report: ImportReport | null = null;
    for (let from = 0; ;) {
      const part = await this.#importFrom(texts.slice(from).join("\n"), ids, (answer) => {
        if ("line" in answer && answer.line !== undefined)
          onAnswer({ ...answer, line: from + answer.line });
        else if ("lines" in answer) onAnswer({ lines: from + answer.lines });
        else onAnswer(answer);
      });
      if (!part.ok) return part;
      report = report === null ? part.value : sumOf(report, part.value);
      const { next } = part.value;
      if (next === null) return { ok: true, value: report };
      from += next - 1;
    }
  }

  async #importFrom(
    body: string,
    ids: boolean,
    onAnswer: (answer: ImportAnswer) => void,
  ): Promise<Result<ImportReport>> {
    const call: Call = {
      ...IDEMPOTENT_POST,
      path: "/v1/admin/import",
      query: { answer: ids ? "ids" : null },
      headers: { "content-type": "application/x-ndjson" },
      body,
      timeoutMs: IMPORT_TIMEOUT_MS,
    };
    const imported = await this.#calls.send(call, async (answer) => {
      let last: ImportAnswer = { error: "the import was cut off" };
      let stopped: ImportAnswer | null = null;
      for await (const read of linesOf(answer)) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's tests hold its answers to the schema
        last = read as ImportAnswer;
        onAnswer(last);
        if ("error" in last && last.line === undefined) stopped = last;
      }
      return stopped ?? last;
    });
    if (!imported.ok) return imported;
    const { value } = imported;
    if ("users" in value) return { ok: true, value };
    const why = "error" in value ? value.error : "the import was cut off";
    return { ok: false, error: new SkeinError("unavailable", why) };
  }

  /** Jobs that failed for good. A page may be empty before the end. */
  listDeadLetters(): Pages<DeadLetter> {
    return new Pages((cursor) => this.#get("dead-letters", { cursor }));
  }

  /** Puts one page of dead letters back to work. @param cursor the `next` of the last call */
  retryDeadLetters(cursor: string | null = null): Promise<Result<RetriedDeadLetters>> {
    return this.#post("dead-letters/retry", { query: { cursor } });
  }

  /** Compares a piece of all counts with their reactions, and corrects them. */
  checkCounts(cursor: string | null = null): Promise<Result<CheckedCounts>> {
    return this.#post("counts/check", { query: { cursor } });
  }

  /** Suspends an account, restores it (`active`), or deletes it (`leaving`). */
  setAccountState(handle: string, state: WantedState["state"]): Promise<Result<AccountState>> {
    const path = `/v1/admin/accounts/${encodeURIComponent(handle)}/state`;
    return this.#calls.json({ method: "PUT", path, body: { state } });
  }

  /** Reads everything that is stored about an account. @param onLine gets each line */
  exportAccount(handle: string, onLine: (line: ExportLine) => void): Promise<Result<void>> {
    const path = `/v1/admin/accounts/${encodeURIComponent(handle)}/export`;
    return readExport(this.#calls, path, onLine);
  }

  /** The places of the store, and how many buckets are in each. */
  listPlaces(): Promise<Result<StorePlaces>> {
    return this.#get("store/places");
  }

  /** Moves some buckets of the store for some seconds. A call that failed is followed by another run. */
  moveBuckets(step: BucketsToMove): Promise<Result<MoveStep>> {
    return this.#calls.json({ method: "POST", path: "/v1/admin/store/move", body: step });
  }

  /** Makes an account's lines in the training log anonymous. @param user an id, or `@` and a handle */
  forgetViewer(user: string): Promise<Result<null>> {
    const path = `/v1/admin/rank-log/viewers/${encodeURIComponent(user)}`;
    return this.#calls.json({ method: "DELETE", path });
  }

  /** The current ranking model. */
  readModel(): Promise<Result<ModelStatus>> {
    return this.#get("model");
  }

  /** Replaces the ranking model. @param model the document, or its text */
  replaceModel(model: unknown): Promise<Result<ModelName>> {
    return this.#calls.json({ method: "PUT", path: "/v1/admin/model", body: model });
  }

  /** The training log, line by line. @param recent includes pages of the last hour */
  readRankLog({ recent = false } = {}): Pages<string> {
    return new Pages((cursor) => this.#get("rank-log", { cursor, recent }));
  }

  /** The figures of the whole deployment. */
  readFigures(): Promise<Result<Figures>> {
    return this.#get("figures");
  }

  /** The figures in Prometheus' text format. */
  readMetrics(): Promise<Result<string>> {
    return this.#calls.send({ method: "GET", path: "/metrics" }, (answer) => answer.text());
  }

  #get<T>(path: string, query: Call["query"] = {}): Promise<Result<T>> {
    return this.#calls.json({ method: "GET", path: `/v1/admin/${path}`, query });
  }

  #post<T>(path: string, parts: Pick<Call, "query" | "body">): Promise<Result<T>> {
    return this.#calls.json({ ...IDEMPOTENT_POST, path: `/v1/admin/${path}`, ...parts });
  }
}

/** The report of two requests of one import. */
function sumOf(one: ImportReport, other: ImportReport): ImportReport {
  return {
    users: one.users + other.users,
    follows: one.follows + other.follows,
    posts: one.posts + other.posts,
    likes: one.likes + other.likes,
    reposts: one.reposts + other.reposts,
    skipped: one.skipped + other.skipped,
    errors: one.errors + other.errors,
    next: other.next,
  };
}
