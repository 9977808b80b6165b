/** Accounts in the form of the API, and the `{user}` of paths. */
import { foldHandle } from "../../feed/handle.ts";
import type { Account, Relation } from "../../db/store.ts";
import { deliveryMode } from "../../feed/delivery/delivery-mode.ts";
import type { UserId } from "../../feed/ids.ts";
import { createdAt } from "../../feed/timeline/present.ts";
import type { User } from "../../feed/wire.ts";
import type { Deps } from "../deps.ts";
import { ApiProblem } from "./problem.ts";

/** An account without a viewer. */
export function presentUser(account: Account): User {
  return {
    id: account.id,
    handle: account.handle,
    name: account.name,
    bio: account.bio,
    avatarUrl: account.avatarUrl,
    createdAt: createdAt(account.id),
    counts: account.counts,
    celebrity: deliveryMode(account.epoch) === "pull",
  };
}

/** Accounts as `viewer` sees them, with the relations between the two. */
export async function presentUsers(
  deps: Deps,
  accounts: readonly Account[],
  viewer: UserId | null,
): Promise<User[]> {
  const users = accounts.map((account) => presentUser(account));
  if (viewer === null || users.length === 0) return users;
  const pairs = users.flatMap((user) => [
    { follower: viewer, followee: user.id },
    { follower: user.id, followee: viewer },
  ]);
  const [edges, relations] = await Promise.all([
    deps.store.graph.edges(pairs),
    deps.store.relations.relations(
      viewer,
      users.map((user) => user.id),
    ),
  ]);
  const has = (kind: Relation["kind"], target: UserId) =>
    relations.some((other) => other.active && other.kind === kind && other.target === target);
  const active = edges.filter((edge) => edge.following);
  const followed = new Set(active.map((edge) => edge.followee));
  const followers = new Set(active.map((edge) => edge.follower));
  return users.map((user) => ({
    ...user,
    viewer: {
      following: user.id !== viewer && followed.has(user.id),
      followedBy: user.id !== viewer && followers.has(user.id),
      muted: has("mute", user.id),
      blocked: has("block", user.id),
    },
  }));
}

/** The account of a path, by id or `@handle`. @throws ApiProblem not_found */
export async function findUser(deps: Deps, ref: string): Promise<Account> {
  const account = await deps.accounts.get(
    ref.startsWith("@") ? `@${foldHandle(ref.slice(1))}` : ref,
  );
  if (account === undefined)
    throw new ApiProblem("not_found", `The account ${ref} does not exist.`);
  return account;
}
