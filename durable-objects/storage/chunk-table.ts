/**
 * The SQL of a hot window: one row for each chunk, and the window's state, which every written row
 * carries.
 */
import type {
  ChunkHeader,
  ChunkStorage,
  Stamped,
  WindowState,
} from "../../feed/timeline/hot-window.ts";
import { entryText } from "./entry-text.ts";

/** A chunk as JSON. A delivery changes one entry; the texts of the others are cached. */
function textOf(stamped: readonly Stamped[]): string {
  return `[${stamped.map(({ seq, entry }) => `{"seq":${seq},"entry":${entryText(entry)}}`).join(",")}]`;
}

type HeaderRow = { no: number; newest: string; oldest: string; count: number };
type StateRow = { seq: number; floor: number; horizon: string };

/** The storage of a hot window, over the object's tables `chunks` and `state`. */
export class ChunkTable implements ChunkStorage {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The newest state of all rows: that of the state row, or of the chunk written last. */
  windowState(): WindowState | null {
    const row = this.#sql
      .exec<StateRow>(
        `SELECT seq, floor, horizon FROM state UNION ALL SELECT seq, floor, horizon FROM chunks
         ORDER BY seq DESC LIMIT 1`,
      )
      .toArray()[0];
    return row ?? null;
  }

  /** For each chunk, the sequence number of its last write. */
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
      textOf(entries),
    );
  }

  drop(no: number): void {
    this.#sql.exec("DELETE FROM chunks WHERE no = ?", no);
  }

  dropAllChunks(): void {
    this.#sql.exec("DELETE FROM chunks");
  }
}
