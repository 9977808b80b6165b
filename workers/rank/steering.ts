/** How an account steers its ranked order: kept with the account, applied by its timeline. */
import { errorText } from "../../feed/error-text.ts";
import type { UserId } from "../../feed/ids.ts";
import { STEERING_ATTEMPTS } from "../../feed/limits-ranking.ts";
import {
  NO_STEERING,
  type Steering,
  steered,
  type SteeringChange,
  steeringSchema,
} from "../../feed/rank/steering.ts";
import { StoreUnavailable } from "../../db/store.ts";
import type { Deps } from "../deps.ts";

type SteeringDeps = Pick<Deps, "store">;

/** How an account steers; null if it never has. @throws StoreUnavailable */
export async function readSteering(deps: SteeringDeps, user: UserId): Promise<Steering | null> {
  return parsed(await deps.store.accounts.steering(user));
}

/**
 * Changes how an account steers; safe to repeat. The next page of the account is ranked by it.
 * @param hint where to place the account's timeline if this is the first call to it
 * @returns null if the account does not exist
 * @throws StoreUnavailable if others change it all the time; ObjectUnavailable
 */
export async function changeSteering(
  deps: Deps,
  user: UserId,
  change: SteeringChange,
  hint: DurableObjectLocationHint | null,
): Promise<Steering | null> {
  for (let attempt = 0; attempt < STEERING_ATTEMPTS; attempt++) {
    const before = await deps.store.accounts.steering(user);
    const after = steered(parsed(before) ?? NO_STEERING, change, deps.nowMs());
    if (!(await deps.store.accounts.replaceSteering(user, before, JSON.stringify(after)))) continue;
    await deps.homes.call(user, (home) => home.setSteering(after), hint);
    return after;
  }
  if (!(await deps.store.accounts.byIds([user])).has(user)) return null;
  throw new StoreUnavailable("the steering of an account keeps changing");
}

/** A stored document; one that this version cannot read counts as none. */
function parsed(text: string): Steering | null {
  if (text === "") return null;
  try {
    return steeringSchema.parse(JSON.parse(text));
  } catch (error) {
    console.error("a stored steering is invalid", errorText(error));
    return null;
  }
}
