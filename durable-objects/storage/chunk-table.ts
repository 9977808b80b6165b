/**
 * The SQL of a hot window: its chunks, a row each, and its state, which every written row carries.
 */
import type {
  ChunkHeader,
  ChunkStorage,
  Stamped,
  WindowState,
} from "../../feed/timeline/hot-window.ts";

type HeaderRow = { no: number; newest: string; oldest: string; count: number };
type StateRow = { seq: number; floor: number; horizon: string };

/** Over the tables `chunks` and `state`, which an object with a hot window has. */
export class ChunkTable implements ChunkStorage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The newest state that any row carries: the state row's, or that of the last written chunk. */
  windowState(): WindowState | null {
    const row = this.#sql
      .exec<StateRow>(
        `SELECT seq, floor, horizon FROM state UNION ALL SELECT seq, floor, horizon FROM chunks
         ORDER BY seq DESC LIMIT 1`,
      )
      .toArray()[0];
    return row ?? null;
  }

  /** For each chunk the sequence number as of its last write. */
  versions(): Map<number, number> {
    const rows = this.#sql.exec<{ no: number; seq: number }>("SELECT no, seq FROM chunks");
    return new Map(rows.toArray().map((row) => [row.no, row.seq]));
  }

  headers(): ChunkHeader[] {
    return this.#sql.exec<HeaderRow>("SELECT no, newest, oldest, count FROM chunks").toArray();
  }

  read(no: number): Stamped[] {
    const row = this.#sql
      .exec<{ entries: string }>("SELECT entries FROM chunks WHERE no = ?", no)
      .one();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `write` below wrote it
    return JSON.parse(row.entries) as Stamped[];
  }

  write(header: ChunkHeader, entries: readonly Stamped[], state: WindowState): void {
    this.#sql.exec(
      `INSERT INTO chunks (no, newest, oldest, count, seq, floor, horizon, entries)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (no) DO UPDATE SET newest = excluded.newest, oldest = excluded.oldest,
         count = excluded.count, seq = excluded.seq, floor = excluded.floor,
         horizon = excluded.horizon, entries = excluded.entries`,
      header.no,
      header.newest,
      header.oldest,
      header.count,
      state.seq,
      state.floor,
      state.horizon,
      JSON.stringify(entries),
    );
  }

  drop(no: number): void {
    this.#sql.exec("DELETE FROM chunks WHERE no = ?", no);
  }

  dropAllChunks(): void {
    this.#sql.exec("DELETE FROM chunks");
  }
}
