/**
 * Rebuilds a cold home timeline within the request that reads it. The order of the steps makes it
 * exact: the timeline starts to keep deliveries, fan-out starts to deliver, this reads the store and
 * then seeds the timeline. A post published meanwhile is in the read, or delivered, or both.
 */
import { deliveryMode } from "../../feed/delivery/delivery-mode.ts";
import { BEGINNING, idFloor, type UserId } from "../../feed/ids.ts";
import { REBUILD_ATTEMPTS } from "../../feed/limits.ts";
import type { Relation } from "../../db/store.ts";
import type { Deps } from "../deps.ts";
import { ObjectUnavailable } from "../../durable-objects/objects.ts";
import { newestInStore } from "../pull/author-posts.ts";

/** An account does not exist, or not any more, or is suspended. */
export class AccountGone extends Error {
  override readonly name = "AccountGone";
}

/** Rebuilds a timeline unless it is warm by now. @throws AccountGone, ObjectUnavailable, StoreUnavailable */
export async function rebuild(
  deps: Deps,
  user: UserId,
  hint: DurableObjectLocationHint | null,
): Promise<void> {
  for (let attempt = 0; attempt < REBUILD_ATTEMPTS; attempt++) {
    const knownFrom = idFloor(deps.nowMs());
    const token = await deps.homes.call(user, (home) => home.beginRebuild(), hint);
    if (token === null) return;
    const followees = await deps.store.graph.followees(user);
    const authors = followees.map((followee) => followee.user);
    if (!(await deps.store.graph.wake(user, authors, deps.nowMs()))) throw new AccountGone(user);
    // The rows wake first: an author who crosses the threshold from now on informs this timeline.
    const modes = await deps.store.modes.modes(authors);
    const pushed = authors.filter(
      (author) => deliveryMode(modes.get(author)?.epoch ?? 0) === "push",
    );
    const window = deps.config.TIMELINE_MAX;
    const slice = await newestInStore(deps, [user, ...pushed], BEGINNING, window);
    const posts = slice.entries.map((entry) => entry.post.id);
    const [reactions, relations] = await Promise.all([
      deps.store.reactions.reactionsOf(user, posts, knownFrom),
      readRelations(deps, user, token),
    ]);
    const seed = { token, followees, modes, slice, reactions, knownFrom, relations };
    if (await deps.homes.call(user, (home) => home.seed(seed))) {
      deps.meter.count("rebuilds", null);
      return;
    }
    // A follow changed during the read, so the read may hold too much or too little: read again.
  }
  throw new ObjectUnavailable(`home timeline of ${user}: its follows keep changing`);
}

/**
 * Reads the mutes and blocks that concern a user, hands over all parts but the last, and returns that.
 * A rebuild that has ended meanwhile refuses the seed, too.
 */
async function readRelations(deps: Deps, user: UserId, token: string): Promise<Relation[]> {
  let part = await deps.store.relations.allRelations(user, null);
  while (part.next !== null) {
    const { items, next } = part;
    await deps.homes.call(user, (home) => home.addRelations(token, items));
    part = await deps.store.relations.allRelations(user, next);
  }
  return part.items;
}
