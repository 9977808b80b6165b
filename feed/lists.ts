/** Long lists of the store, which some stores keep in several places: by the bucket of a member. */
import type { Id } from "./ids.ts";

/** The followers of an account, or the reactors or replies of a post. */
export type ListKind = "followers" | "reactors" | "replies";

/** The name of a list, which says whose it is. @param owner the account, or the post */
export function listName(kind: ListKind, owner: Id): string {
  return `${kind}:${owner}`;
}

/** The kind and the owner in a list's name. @throws an error for any other text */
export function listParts(list: string): { kind: ListKind; owner: Id } {
  const [kind, owner = ""] = list.split(":");
  if (kind !== "followers" && kind !== "reactors" && kind !== "replies") {
    throw new Error(`not a list: ${list}`);
  }
  return { kind, owner };
}
