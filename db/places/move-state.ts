/** What the mover of a place has to do next, as the place stores it. */
import { z } from "zod";
import type { Move, PlaceName } from "../../feed/placement.ts";
import { TABLES } from "../rows.ts";

/**
 * What happens to a place's leaving buckets, in this order: notes begin; all rows are copied; each row is compared
 * with its copy; rows that only the targets have are found; bucket by bucket is fenced if it is busy, its last changes are copied,
 * and it is released; the rows of those that are away are deleted.
 */
export const MOVE_PHASES = ["leave", "copy", "check", "extra", "switch", "clean"] as const;

const stateSchema = z.object({
  phase: z.enum(MOVE_PHASES),
  moves: z.array(z.object({ bucket: z.int(), to: z.string() })),
  /** The number of the table in `TABLES`, and the position in it. */
  table: z.int(),
  cursor: z.string().nullable(),
  /** The number of the target whose rows are looked at, in `targetsOf`. */
  target: z.int(),
  /** Rows copied, compared and deleted. */
  copied: z.int(),
  compared: z.int(),
  deleted: z.int(),
});
export type MoveState = z.infer<typeof stateSchema>;

/** The state of a move that has not begun. */
export function newMove(moves: readonly Move[]): MoveState {
  return {
    phase: "leave",
    moves: [...moves],
    table: 0,
    cursor: null,
    target: 0,
    copied: 0,
    compared: 0,
    deleted: 0,
  };
}

/** Reads a stored state. */
export function moveStateOf(text: string): MoveState {
  return stateSchema.parse(JSON.parse(text));
}

/** The places that buckets move to. */
export function targetsOf({ moves }: MoveState): PlaceName[] {
  return [...new Set(moves.map(({ to }) => to))];
}

/** The beginning of the phase after a state's. @throws RangeError after the last */
export function nextPhase(state: MoveState): MoveState {
  const phase = MOVE_PHASES[MOVE_PHASES.indexOf(state.phase) + 1];
  if (phase === undefined) throw new RangeError("the move has ended");
  return { ...state, phase, table: 0, cursor: null, target: 0 };
}

/** The state after a piece of a table. @param next the position of the next piece; null at the table's end */
export function afterPiece(state: MoveState, next: string | null): MoveState {
  if (next !== null) return { ...state, cursor: next };
  if (state.table + 1 < TABLES.length) return { ...state, table: state.table + 1, cursor: null };
  if (state.phase === "extra" && state.target + 1 < targetsOf(state).length) {
    return { ...state, target: state.target + 1, table: 0, cursor: null };
  }
  return nextPhase(state);
}

/** About how much of a move is done, from 0 to 1. */
export function shareDone({ phase, table }: MoveState): number {
  const within = phase === "leave" || phase === "switch" ? 0 : table / TABLES.length;
  return (MOVE_PHASES.indexOf(phase) + within) / MOVE_PHASES.length;
}
