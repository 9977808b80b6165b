/**
 * Moves buckets from one place to others while both are in use. A place remembers what its mover has to do next, so a
 * mover that dies is followed by another one. The moment at which a bucket moves is one transaction at the place that
 * it leaves, and it fails if a change is noted that was not copied; so no clock and no earlier call can lose a write.
 */
import { idTimeMs } from "../../feed/ids.ts";
import {
  MOVE_CHANGES_PER_PIECE,
  MOVE_FENCE_CHANGES_MAX,
  MOVE_FENCE_MS,
  MOVE_KEY_AGE_MAX_MS,
  MOVE_QUIET_BUCKETS,
} from "../../feed/limits.ts";
import type { Move, PlaceName } from "../../feed/placement.ts";
import {
  bucketOfKey,
  keyOf,
  type RowKey,
  type Rows,
  type Table,
  TABLES,
  textOfKey,
  textOfRow,
} from "../rows.ts";
import {
  afterPiece,
  type MoveState,
  moveStateOf,
  newMove,
  nextPhase,
  targetsOf,
} from "./move-state.ts";
import type { Change, Holdings, MovablePlace, StorePlace } from "./place.ts";

/** A copy differs from its row, although nothing was written since: the places disagree about what the row is. */
export class UnlikeCopy extends Error {
  override readonly name = "UnlikeCopy";
}

interface Movable {
  holdings: Holdings;
  mover: MovablePlace;
}

type AnyRow = Rows[Table];

export class Mover {
  readonly #places: ReadonlyMap<PlaceName, Movable>;
  readonly #run: string;
  readonly #nowMs: () => number;
  /** How many calls of places it has made. */
  calls = 0;

  /** @param run a name that no other mover has */
  constructor(places: readonly StorePlace[], run: string, nowMs: () => number) {
    this.#places = new Map(
      places.flatMap(({ name, holdings, mover }) =>
        holdings === null || mover === null ? [] : [[name, { holdings, mover }] as const],
      ),
    );
    this.#run = run;
    this.#nowMs = nowMs;
  }

  /** Makes this the only mover. */
  async begin(): Promise<void> {
    await Promise.all([...this.#places.values()].map(({ mover }) => mover.begin(this.#run)));
  }

  /** A place whose move was not finished; null if there is none. */
  async unfinished(): Promise<PlaceName | null> {
    const all = await Promise.all(
      [...this.#places].map(async ([name, { mover }]) =>
        (await mover.progress()) === null ? [] : [name],
      ),
    );
    return all.flat()[0] ?? null;
  }

  /** Plans moves of buckets that leave a place. @throws RunEnded */
  async plan(from: PlaceName, moves: readonly Move[]): Promise<void> {
    for (const { to } of moves) this.#at(to);
    await this.#at(from).mover.setProgress(this.#run, JSON.stringify(newMove(moves)));
  }

  /** What the mover of a place does next; null if nothing. */
  async state(from: PlaceName): Promise<MoveState | null> {
    const text = await this.#at(from).mover.progress();
    return text === null ? null : moveStateOf(text);
  }

  /** Does the next piece of a place's move. @returns the state after it; null at the end. @throws RunEnded, UnlikeCopy */
  async step(from: PlaceName, state: MoveState): Promise<MoveState | null> {
    const next = await this.#piece(from, state);
    const { mover } = this.#at(from);
    await mover.setProgress(this.#run, next === null ? null : JSON.stringify(next));
    return next;
  }

  /** Copies some of the changes that leaving buckets have had, so that few are left at their ends. */
  async catchUp(from: PlaceName, { moves }: MoveState): Promise<void> {
    const changes = await this.#at(from).mover.changes(null, MOVE_CHANGES_PER_PIECE);
    await this.#copyChanges(from, moves, changes);
  }

  #piece(from: PlaceName, state: MoveState): Promise<MoveState | null> {
    switch (state.phase) {
      case "leave":
        return this.#leave(from, state);
      case "copy":
        return this.#copy(from, state);
      case "check":
        return this.#check(from, state);
      case "extra":
        return this.#extra(from, state);
      case "switch":
        return this.#switch(from, state);
      case "clean":
        return this.#clean(from, state);
    }
  }

  #at(name: PlaceName): Movable {
    const place = this.#places.get(name);
    if (place === undefined) throw new Error(`no rows can be moved into or out of ${name}`);
    // Every use of a place is a call of it.
    this.calls++;
    return place;
  }

  async #leave(from: PlaceName, state: MoveState): Promise<MoveState> {
    const source = this.#at(from);
    const held = new Map((await source.holdings.all()).map((one) => [one.bucket, one]));
    // Another move may have taken some of them away since this one was planned.
    const moves = state.moves.filter(({ bucket }) => {
      const one = held.get(bucket);
      return one !== undefined && one.state !== "away" && one.state !== "arriving";
    });
    for (const [to, some] of Map.groupBy(moves, (move) => move.to)) {
      const buckets = some.map(({ bucket }) => ({
        bucket,
        from,
        version: (held.get(bucket)?.version ?? 0) + 1,
      }));
      await this.#at(to).mover.expect(this.#run, buckets);
    }
    await source.mover.leave(this.#run, moves);
    return nextPhase({ ...state, moves });
  }

  async #copy(from: PlaceName, state: MoveState): Promise<MoveState> {
    const { table, rows, next } = await this.#read(from, state, bucketsOf(state.moves));
    for (const [to, some] of byTarget(state.moves, table, rows)) {
      await this.#at(to).mover.put(this.#run, table, some);
    }
    return afterPiece({ ...state, copied: state.copied + rows.length }, next);
  }

  /** Compares rows with their copies; those that differ are noted, as if they had changed, and copied again. */
  async #check(from: PlaceName, state: MoveState): Promise<MoveState> {
    const { table, rows, next } = await this.#read(from, state, bucketsOf(state.moves));
    for (const [to, some] of byTarget(state.moves, table, rows)) {
      const copies = await this.#at(to).mover.pick(
        table,
        some.map((row) => keyOf(table, row)),
      );
      await this.#note(from, table, unlike(table, some, copies));
    }
    return afterPiece({ ...state, compared: state.compared + rows.length }, next);
  }

  /** Finds rows that only a target has, such as those of an earlier stay there. */
  async #extra(from: PlaceName, state: MoveState): Promise<MoveState> {
    const to = targetsOf(state)[state.target];
    if (to === undefined) return nextPhase(state);
    const own = state.moves.filter((move) => move.to === to);
    const { table, rows, next } = await this.#read(to, state, bucketsOf(own));
    const keys = rows.map((row) => keyOf(table, row));
    const known = new Set(
      (await this.#at(from).mover.pick(table, keys)).map((row) => textOfKey(keyOf(table, row))),
    );
    await this.#note(
      from,
      table,
      keys.filter((key) => !known.has(textOfKey(key))),
    );
    return afterPiece(state, next);
  }

  async #switch(from: PlaceName, state: MoveState): Promise<MoveState> {
    const held = new Map((await this.#at(from).holdings.all()).map((one) => [one.bucket, one]));
    const left = state.moves.filter(({ bucket }) => held.get(bucket)?.state !== "away");
    for (const move of left.slice(0, MOVE_QUIET_BUCKETS)) {
      const version = (held.get(move.bucket)?.version ?? 0) + 1;
      if (!(await this.#switchQuiet(from, move, version))) {
        await this.#switchBusy(from, move, version);
        break;
      }
    }
    if (left.length > 0) return state;
    // A released bucket may still be closed: if the mover died before it opened the bucket, and no call came since.
    for (const [to, some] of Map.groupBy(state.moves, (move) => move.to)) {
      const there = new Map((await this.#at(to).holdings.all()).map((one) => [one.bucket, one]));
      for (const { bucket } of some) {
        const version = held.get(bucket)?.version ?? 0;
        if (there.get(bucket)?.state === "arriving")
          await this.#at(to).holdings.open(bucket, version);
      }
    }
    return nextPhase(state);
  }

  /** Lets a bucket change places if no change of it is left to copy. @returns whether it has */
  async #switchQuiet(from: PlaceName, { bucket, to }: Move, version: number): Promise<boolean> {
    if (!(await this.#at(from).mover.release(this.#run, bucket))) return false;
    await this.#at(to).holdings.open(bucket, version);
    return true;
  }

  /** Copies the last changes of a bucket behind a fence, and lets it change places, unless they are too many now. */
  async #switchBusy(from: PlaceName, move: Move, version: number): Promise<void> {
    const { bucket } = move;
    const { mover } = this.#at(from);
    const changes = await mover.changes(bucket, MOVE_CHANGES_PER_PIECE);
    await this.#copyChanges(from, [move], changes);
    if (changes.length > MOVE_FENCE_CHANGES_MAX) return;
    const untilMs = this.#nowMs() + MOVE_FENCE_MS;
    await mover.fence(this.#run, bucket, MOVE_FENCE_MS);
    while (this.#nowMs() < untilMs) {
      const last = await mover.changes(bucket, MOVE_CHANGES_PER_PIECE);
      const differ = await this.#copyChanges(from, [move], last);
      const isAll = last.length < MOVE_CHANGES_PER_PIECE && this.#nowMs() < untilMs;
      if (differ !== null && isAll) throw new UnlikeCopy(differ);
      if (await this.#switchQuiet(from, move, version)) return;
    }
  }

  /** Deletes the rows of buckets that are away. */
  async #clean(from: PlaceName, state: MoveState): Promise<MoveState | null> {
    const { mover } = this.#at(from);
    const table = tableOf(state);
    const { rows, next } = await mover.read(table, state.cursor, bucketsOf(state.moves));
    await mover.drop(
      this.#run,
      table,
      rows.map((row) => keyOf(table, row)),
    );
    const after = { ...state, deleted: state.deleted + rows.length };
    const isLast = next === null && state.table + 1 === TABLES.length;
    return isLast ? null : afterPiece(after, next);
  }

  async #read(place: PlaceName, state: MoveState, buckets: readonly number[]) {
    const table = tableOf(state);
    const { rows, next } = await this.#at(place).mover.read(table, state.cursor, buckets);
    return { table, rows: rows.filter((row) => this.#lasts(row)), next };
  }

  async #note(from: PlaceName, table: Table, keys: readonly RowKey[]): Promise<void> {
    if (keys.length > 0) await this.#at(from).mover.note(this.#run, table, keys);
  }

  /**
   * Copies rows that have changed, and compares the copies.
   * @returns which copy differs from its row, if one does; its change stays noted
   */
  async #copyChanges(
    from: PlaceName,
    moves: readonly Move[],
    changes: readonly Change[],
  ): Promise<string | null> {
    if (changes.length === 0) return null;
    let differ: string | null = null;
    const groups = Map.groupBy(changes, (change) => change.table);
    const changed = TABLES.filter((table) => groups.has(table));
    for (const table of changed) {
      const keys = new Map((groups.get(table) ?? []).map(({ key }) => [textOfKey(key), key]));
      for (const [to, some] of targetOfKeys(moves, table, [...keys.values()])) {
        await this.#copyRows(from, to, table, some);
      }
    }
    // Only now, because a tally may be the number of reactions, which another table has.
    for (const table of changed) {
      const keys = new Map((groups.get(table) ?? []).map(({ key }) => [textOfKey(key), key]));
      for (const [to, some] of targetOfKeys(moves, table, [...keys.values()])) {
        const [rows, copies] = await Promise.all([
          this.#at(from).mover.pick(table, some),
          this.#at(to).mover.pick(table, some),
        ]);
        const unlikeKeys = unlike(
          table,
          rows.filter((row) => this.#lasts(row)),
          copies.filter((row) => this.#lasts(row)),
        );
        await this.#note(from, table, unlikeKeys);
        const [first] = unlikeKeys;
        if (first !== undefined)
          differ = `${table} ${textOfKey(first)} differs in ${to} and ${from}`;
      }
    }
    await this.#at(from).mover.forget(this.#run, changes);
    return differ;
  }

  async #copyRows(
    from: PlaceName,
    to: PlaceName,
    table: Table,
    keys: readonly RowKey[],
  ): Promise<void> {
    const rows: AnyRow[] = await this.#at(from).mover.pick(table, keys);
    const there = new Set(rows.map((row) => textOfKey(keyOf(table, row))));
    const gone = keys.filter((key) => !there.has(textOfKey(key)));
    const lasting = rows.filter((row) => this.#lasts(row));
    if (lasting.length > 0) await this.#at(to).mover.put(this.#run, table, lasting);
    if (gone.length > 0) await this.#at(to).mover.drop(this.#run, table, gone);
  }

  /** Redis deletes expired idempotency keys on time, and D1 at some later time. */
  #lasts(row: AnyRow): boolean {
    return !("digest" in row) || idTimeMs(row.post) > this.#nowMs() - MOVE_KEY_AGE_MAX_MS;
  }
}

function tableOf({ table }: MoveState): Table {
  const name = TABLES[table];
  if (name === undefined) throw new RangeError(`no table ${table}`);
  return name;
}

function bucketsOf(moves: readonly Move[]): number[] {
  return moves.map(({ bucket }) => bucket);
}

function byTarget<T extends Table>(moves: readonly Move[], table: T, rows: readonly Rows[T][]) {
  const targets = new Map(moves.map(({ bucket, to }) => [bucket, to]));
  return Map.groupBy(rows, (row) => targets.get(bucketOfKey(table, keyOf(table, row))) ?? "");
}

function targetOfKeys(moves: readonly Move[], table: Table, keys: readonly RowKey[]) {
  const targets = new Map(moves.map(({ bucket, to }) => [bucket, to]));
  return Map.groupBy(keys, (key) => targets.get(bucketOfKey(table, key)) ?? "");
}

/** The keys of rows that are not the same on both sides. */
function unlike(table: Table, rows: readonly AnyRow[], copies: readonly AnyRow[]): RowKey[] {
  const others = new Map(copies.map((row) => [textOfKey(keyOf(table, row)), row]));
  const keys: RowKey[] = [];
  for (const row of rows) {
    const key = keyOf(table, row);
    const other = others.get(textOfKey(key));
    others.delete(textOfKey(key));
    if (other === undefined || textOfRow(other) !== textOfRow(row)) keys.push(key);
  }
  return [...keys, ...[...others.values()].map((row) => keyOf(table, row))];
}
