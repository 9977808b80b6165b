/** An import of many lines, in as many requests as they take. */
import { type Call, type Calls, IDEMPOTENT_POST } from "./calls.ts";
import { type Result, SkeinError } from "./errors.ts";
import { linesOf } from "./lines.ts";
import type { ImportAnswer, ImportReport } from "./wire.ts";

/** One request lasts as long as its lines take. */
const TIMEOUT_MS = 10 * 60 * 1000;
/** Lines of the first request. The next ones have twice as many as the last one finished, up to the maximum. */
const LINES_FIRST = 1_000;
const LINES_MAX = 20_000;
const CHARS_MAX = 4_000_000;

/** What an import answers about one line: an id, or an error. */
type LineAnswer = Extract<ImportAnswer, { line?: unknown }> & { line: number };

export class ImportRun {
  readonly #calls: Calls;
  readonly #ids: boolean;
  readonly #onAnswer: (answer: ImportAnswer) => void | Promise<void>;
  /** Lines that no request has finished yet, and their characters. */
  readonly #waiting: string[] = [];
  #chars = 0;
  /** How many lines the next request has. */
  #size = LINES_FIRST;
  #finished = 0;
  #report: ImportReport | null = null;

  constructor(
    calls: Calls,
    ids: boolean,
    onAnswer: (answer: ImportAnswer) => void | Promise<void>,
  ) {
    this.#calls = calls;
    this.#ids = ids;
    this.#onAnswer = onAnswer;
  }

  add(text: string): void {
    this.#waiting.push(text);
    this.#chars += text.length;
  }

  /** Whether lines are to be sent before others are added. */
  isFull(): boolean {
    return this.#waiting.length >= this.#size || this.#chars >= CHARS_MAX;
  }

  isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Makes a request with the lines that wait, which finishes some of them. @returns the report of all requests so far */
  async sendSome(): Promise<Result<ImportReport>> {
    const sent = await this.#send();
    if (!sent.ok) return sent;
    const { last, answers } = sent.value;
    const finished = last.next === null ? this.#waiting.length : last.next - 1;
    // The API writes lines of one kind together, and answers as it writes.
    for (const answer of answers.toSorted((a, b) => a.line - b.line)) {
      await this.#onAnswer({ ...answer, line: this.#finished + answer.line });
    }
    this.#finished += finished;
    // How much a request may bring depends on the kinds of lines, and on the store.
    this.#size = Math.min(2 * finished, LINES_MAX);
    for (const text of this.#waiting.splice(0, finished)) this.#chars -= text.length;
    this.#report = this.#report === null ? last : sumOf(this.#report, last);
    await this.#onAnswer(last);
    await this.#onAnswer({ lines: this.#finished });
    return { ok: true, value: this.#report };
  }

  #send(): Promise<Result<{ last: ImportReport; answers: LineAnswer[] }>> {
    const call: Call = {
      ...IDEMPOTENT_POST,
      path: "/v1/admin/import",
      query: { answer: this.#ids ? "ids" : null },
      headers: { "content-type": "application/x-ndjson" },
      body: `${this.#waiting.join("\n")}\n`,
      timeoutMs: TIMEOUT_MS,
    };
    return this.#calls.send(call, async (answer) => {
      const answers: LineAnswer[] = [];
      let why = "the import was cut off";
      for await (const read of linesOf(answer)) {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the API's tests hold its answers to the schema
        const line = read as ImportAnswer;
        if ("users" in line) return { last: line, answers };
        if ("line" in line && line.line !== undefined) answers.push({ ...line, line: line.line });
        else if ("error" in line) why = line.error;
      }
      throw new SkeinError("unavailable", why);
    });
  }
}

/** The report of two requests of one import, in their order. */
export function sumOf(one: ImportReport, other: ImportReport): ImportReport {
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
