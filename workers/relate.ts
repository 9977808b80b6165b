/** Mutes and blocks, brought everywhere before they are answered; what fails here the sweep does. */
import { idBucket, type UserId } from "../feed/ids.ts";
import type { RelationJob } from "../feed/jobs.ts";
import type { Deps } from "./deps.ts";
import { telling } from "./events/event-queue.ts";
import { runRelationJob } from "./jobs/relation.ts";
import { finish } from "./jobs/settle.ts";

/** Makes a mute or a block what is asked. @throws StoreUnavailable, ObjectUnavailable */
export async function relate(
  deps: Deps,
  wish: { actor: UserId; kind: "mute" | "block"; target: UserId; active: boolean },
): Promise<void> {
  const { actor, target } = wish;
  const id = deps.newId(idBucket(actor));
  const plain: RelationJob = { v: 1, kind: "relation", id, part: 0, attempt: 0, actor, target };
  const undoes = wish.kind === "block" && wish.active;
  const [job = plain] = undoes ? telling(deps.events, "block", [plain]) : [plain];
  await deps.store.relations.setRelation({ ...wish, nowMs: deps.nowMs() }, job);
  await runRelationJob(deps, job);
  await finish(deps, [job]);
}
