/** Waits for a deployed Worker to answer. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

const POLL_EVERY_MS = 1_000;
const healthSchema = z.object({ status: z.literal("ok"), version: z.string() });

export type Health = { version: string } | { version: null; problem: string };

/** Polls /healthz until it is healthy or the time is up. */
export async function waitForHealth(address: string, timeoutMs: number): Promise<Health> {
  const deadline = AbortSignal.timeout(timeoutMs);
  let problem = "no answer";
  for (;;) {
    try {
      const answer = await fetch(`${address}/healthz`, { signal: deadline });
      const body = healthSchema.safeParse(await answer.json().catch(() => null));
      if (answer.ok && body.success) return { version: body.data.version };
      problem = `status ${answer.status}`;
    } catch (error) {
      if (!deadline.aborted) problem = String(error);
    }
    if (deadline.aborted) return { version: null, problem };
    await sleep(Math.min(POLL_EVERY_MS, timeoutMs));
  }
}
