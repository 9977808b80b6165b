/** Moves buckets between places of the store, a bounded piece at a time, as a command asks for it. */
import { UnlikeCopy, Mover } from "../../db/places/mover.ts";
import type { MoveState } from "../../db/places/move-state.ts";
import { RunEnded } from "../../db/places/place.ts";
import {
  BUCKETS,
  MOVE_BUCKETS_AT_ONCE,
  MOVE_CALL_MS,
  MOVE_CALLS_MAX,
  MOVE_TARGETS_AT_ONCE,
} from "../../feed/limits.ts";
import { firstMoves, type PlaceName, planMoves } from "../../feed/placement.ts";
import type { Deps } from "../deps.ts";

/** The phases before which all buckets leave, and after which each one copies its own changes. */
const COPYING: readonly MoveState["phase"][] = ["copy", "check", "extra"];
const AT_ONCE = { buckets: MOVE_BUCKETS_AT_ONCE, targets: MOVE_TARGETS_AT_ONCE };

/** What is asked of one call. */
export interface MoveRequest {
  /** The name of the run; the first call of a run begins it, and ends every other. */
  run: string;
  begin: boolean;
  /** The place whose buckets the call before has moved; null for the first call. */
  from: PlaceName | null;
  /** The places that buckets are to be in, evenly by bucket. */
  to: readonly PlaceName[];
  /** The first and the last bucket. */
  buckets: readonly [number, number];
}

/** What a call has done. */
export interface MoveReport {
  /** The place whose buckets move now; null once every bucket is where it is to be. */
  from: PlaceName | null;
  /** How many buckets are not yet where they are to be, with those that move now; null if that was not looked up. */
  left: number | null;
  /** What happens to the buckets that move now; null between two moves. */
  state: MoveState | null;
  /** Why the run can't go on; null if it can. */
  stopped: string | null;
}

/** Does some of the moves that are left, after those that an earlier run has not finished. @throws StoreUnavailable */
export async function moveSome(deps: Deps, request: MoveRequest): Promise<MoveReport> {
  try {
    return await moveOn(deps, request);
  } catch (error) {
    if (!(error instanceof RunEnded || error instanceof UnlikeCopy)) throw error;
    return { from: request.from, left: null, state: null, stopped: error.message };
  }
}

async function moveOn(
  deps: Deps,
  { run, begin, from, to, buckets }: MoveRequest,
): Promise<MoveReport> {
  const { router } = deps;
  const nowMs = () => deps.nowMs();
  const mover = new Mover(router.places, run, nowMs);
  if (begin) await mover.begin();
  let source = from ?? (await mover.unfinished());
  let state = source === null ? null : await mover.state(source);
  let left: number | null = null;
  if (source === null || state === null) {
    const plan = planMoves(await router.locate(), to, buckets);
    left = [...plan.values()].reduce((sum, moves) => sum + moves.length, 0);
    const [next] = plan;
    if (next === undefined) return { from: null, left, state: null, stopped: null };
    source = next[0];
    await mover.plan(source, firstMoves(next[1], AT_ONCE));
    state = await mover.state(source);
  }
  const untilMs = nowMs() + MOVE_CALL_MS;
  if (state !== null && COPYING.includes(state.phase)) await mover.catchUp(source, state);
  const mayGoOn = () => mover.calls < MOVE_CALLS_MAX && nowMs() < untilMs;
  for (let isFirst = true; state !== null && (isFirst || mayGoOn()); isFirst = false) {
    state = await mover.step(source, state);
  }
  return { from: source, left, state, stopped: null };
}

/** A place, and how many buckets are there. */
export interface PlaceSummary {
  name: PlaceName;
  buckets: number;
}

/** All places between which buckets can move. @throws StoreUnavailable */
export async function placesOf({ router }: Deps): Promise<PlaceSummary[]> {
  const at = await router.locate();
  const places = Array.from({ length: BUCKETS }, (_, bucket) => at(bucket));
  return router.places
    .filter(({ mover }) => mover !== null)
    .map(({ name }) => ({ name, buckets: places.filter((place) => place === name).length }));
}
