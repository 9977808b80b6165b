/** The calls of Skein's API for its operators. Each is named as its operation in the API's document. */
import { readExport } from "./account-export.ts";
import { type Call, Calls, IDEMPOTENT_POST, type Settings } from "./calls.ts";
import type { Result } from "./errors.ts";
import { ImportRun } from "./import-run.ts";
import { Pages } from "./pages.ts";
import type {
  AccountState,
  AdminKey,
  AdminUse,
  BucketsToMove,
  CheckedCounts,
  DeadLetter,
  ExportLine,
  Figures,
  ImportAnswer,
  ImportLine,
  ImportReport,
  MadeAdminKey,
  ModelName,
  ModelStatus,
  MoveStep,
  NewAdminKey,
  RetriedDeadLetters,
  Session,
  StorePlaces,
  WantedState,
} from "./wire.ts";

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
   * It makes as many requests as that takes, and keeps the lines of one request in memory.
   * @param lines as many as there are; an empty text counts as a line
   * @param onAnswer gets the ids and the errors of lines, with their numbers, and after them, once for each request,
   * its report and how many lines are finished; it is waited for
   * @param ids whether the ids of what lines have made are answered
   * @returns the report, or the error that stopped the import
   */
  async importLines(
    lines: Iterable<ImportLine | string> | AsyncIterable<ImportLine | string>,
    onAnswer: (answer: ImportAnswer) => void | Promise<void> = () => undefined,
    { ids = false } = {},
  ): Promise<Result<ImportReport>> {
    const run = new ImportRun(this.#calls, ids, onAnswer);
    for await (const line of lines) {
      run.add(typeof line === "string" ? line : JSON.stringify(line));
      while (run.isFull()) {
        const sent = await run.sendSome();
        if (!sent.ok) return sent;
      }
    }
    for (;;) {
      const sent = await run.sendSome();
      if (!sent.ok || run.isEmpty()) return sent;
    }
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

  /** Makes a key that may do less than the ADMIN_TOKEN; its token is in this answer alone. */
  createAdminKey(key: NewAdminKey): Promise<Result<MadeAdminKey>> {
    return this.#calls.json({ method: "POST", path: "/v1/admin/keys", body: key });
  }

  /** The administrators' keys. */
  listAdminKeys(): Pages<AdminKey> {
    return new Pages((cursor) => this.#get("keys", { cursor }));
  }

  /** Ends a key. */
  deleteAdminKey(id: string): Promise<Result<null>> {
    return this.#calls.json({ method: "DELETE", path: `/v1/admin/keys/${encodeURIComponent(id)}` });
  }

  /** What administrators did, newest first. */
  listAdminUses(): Pages<AdminUse> {
    return new Pages((cursor) => this.#get("uses", { cursor }));
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
