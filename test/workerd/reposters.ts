/** Crowds of accounts, and the reposts that they have. */
import { env as bindings } from "cloudflare:workers";
import type { Id, UserId } from "../../feed/ids.ts";
import type { World } from "./world.ts";

export const SHARDS = [bindings.DB_0, bindings.DB_1];

let crowds = 0;

/** Makes accounts by one import. */
export async function crowd(world: World, count: number): Promise<UserId[]> {
  const name = `crowd_${crowds++}`;
  const handles = Array.from({ length: count }, (_, n) => `${name}_${n}`);
  await world.import(handles.map((handle) => ({ user: { handle } })));
  return [...(await world.deps.store.accounts.byHandles(handles)).values()].map(({ id }) => id);
}

/** How many reposts of a post there are, in the shards of those who made them. */
export function repostsLeft(post: Id): Promise<number> {
  const counts = SHARDS.map((shard) =>
    shard
      .prepare("SELECT count(*) AS n FROM posts WHERE repost_of = ?")
      .bind(post)
      .first<number>("n"),
  );
  return Promise.all(counts).then((all) => all.reduce<number>((sum, n) => sum + (n ?? 0), 0));
}
