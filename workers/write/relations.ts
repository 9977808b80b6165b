/** Mutes and blocks, brought everywhere before they are answered; what fails here the sweep does. */
import { idBucket, type UserId } from "../../feed/ids.ts";
import type { RelationJob } from "../../feed/delivery/jobs.ts";
import type { Deps } from "../deps.ts";
import { withExport } from "../export/event-queue.ts";
import { runRelationJob } from "../jobs/relation.ts";
import { finish } from "../jobs/settle.ts";

/** Makes a mute or a block what is asked. @throws StoreUnavailable, ObjectUnavailable */
export async function relate(
  deps: Deps,
  wish: { actor: UserId; kind: "mute" | "block"; target: UserId; active: boolean },
): Promise<void> {
  const { actor, target } = wish;
  const id = deps.newId(idBucket(actor));
  const plain: RelationJob = { v: 1, kind: "relation", id, part: 0, attempt: 0, actor, target };
  const undoes = wish.kind === "block" && wish.active;
  const [job = plain] = undoes ? withExport(deps.events, "block", [plain]) : [plain];
  const nowMs = deps.nowMs();
  const { changed } = await deps.store.relations.setRelation({ ...wish, nowMs }, job);
  // What stands already is told nobody, but brought everywhere once more.
  const done = changed ? job : plain;
  await runRelationJob(deps, done);
  await finish(deps, [done]);
}
