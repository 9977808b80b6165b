/** How the owner steers their ranked order, as the account has it; pages read it without a store query. */
import { NO_STEERING, type Steering } from "../../feed/rank/steering.ts";
import { storedJson } from "../storage/stored-json.ts";

/** One row. */
export const STEERING_SQL = `CREATE TABLE steering (
  id INTEGER PRIMARY KEY CHECK (id = 0),
  document TEXT NOT NULL
)`;

export class SteeringStore {
  readonly #sql: SqlStorage;
  #now: Steering | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(): Steering {
    this.#now ??= this.#read();
    return this.#now;
  }

  /** Stores a document, unless a newer one is stored: calls and rebuilds come in any order. */
  set(document: Steering): void {
    if (document.version <= this.get().version) return;
    this.#sql.exec(
      `INSERT INTO steering (id, document) VALUES (0, ?)
       ON CONFLICT (id) DO UPDATE SET document = excluded.document`,
      JSON.stringify(document),
    );
    this.#now = document;
  }

  #read(): Steering {
    const [row] = this.#sql.exec<{ document: string }>("SELECT document FROM steering").toArray();
    return row === undefined ? NO_STEERING : storedJson<Steering>(row.document);
  }
}
