/**
 * A store object as a database that drizzle can use: it has the calls of D1's binding that drizzle makes,
 * and sends their statements to the object.
 */
import type {
  SqlValue,
  Statement,
  StatementResult,
} from "../../durable-objects/store-object/protocol.ts";

/** Runs statements as one transaction. @returns a result for each */
export type RunBatch = (batch: Statement[]) => Promise<StatementResult[]>;

class ObjectStatement {
  readonly #run: RunBatch;
  readonly statement: Statement;

  constructor(run: RunBatch, statement: Statement) {
    this.#run = run;
    this.statement = statement;
  }

  bind(...parameters: unknown[]): ObjectStatement {
    const values = parameters.map(valueOf);
    return new ObjectStatement(this.#run, { sql: this.statement.sql, parameters: values });
  }

  async raw(): Promise<SqlValue[][]> {
    return (await this.#result()).rows;
  }

  async all(): Promise<{ results: Record<string, SqlValue>[]; meta: { changes: number } }> {
    return answerOf(await this.#result());
  }

  run() {
    return this.all();
  }

  async #result(): Promise<StatementResult> {
    const [result] = await this.#run([this.statement]);
    if (result === undefined) throw new Error("a statement without a result");
    return result;
  }
}

export class ObjectDatabase {
  readonly #run: RunBatch;

  constructor(run: RunBatch) {
    this.#run = run;
  }

  prepare(sql: string): ObjectStatement {
    return new ObjectStatement(this.#run, { sql, parameters: [] });
  }

  async batch(statements: readonly ObjectStatement[]) {
    const results = await this.#run(statements.map(({ statement }) => statement));
    return results.map(answerOf);
  }
}

function answerOf({ columns, rows, changes }: StatementResult) {
  const results = rows.map((row) =>
    Object.fromEntries(columns.map((name, n) => [name, row[n] ?? null])),
  );
  return { results, meta: { changes } };
}

function valueOf(parameter: unknown): SqlValue {
  if (typeof parameter === "boolean") return parameter ? 1 : 0;
  if (typeof parameter === "string" || typeof parameter === "number" || parameter === null) {
    return parameter;
  }
  throw new TypeError(`SQLite stores no ${typeof parameter}`);
}
