/** Running a whole reconciliation, piece by piece, as `npm run counts -- check` does. */
import type { World } from "./world.ts";

interface Step {
  checked: number;
  corrected: unknown[];
  next: string | null;
}

/** Checks the counts of all shards. @returns how many posts were checked, the corrections, the calls */
export async function checkCounts(
  world: World,
): Promise<{ checked: number; corrected: unknown[]; calls: number }> {
  const sum = { checked: 0, corrected: [] as unknown[], calls: 0 };
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `?cursor=${cursor}`;
    const path = `/v1/admin/counts/check${query}`;
    const answer = await world.call<Step>("POST", path, { token: world.env.ADMIN_TOKEN });
    if (answer.status !== 200) throw new Error(`the check answered ${answer.status}`);
    sum.checked += answer.body.checked;
    sum.corrected.push(...answer.body.corrected);
    sum.calls++;
    cursor = answer.body.next;
  } while (cursor !== null);
  return sum;
}
