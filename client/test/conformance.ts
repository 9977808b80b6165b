/**
 * What the client promises, tried against a running Skein. The run uses nothing but the platform, so that
 * the same one passes in Node, in workerd and in a browser.
 */
import { CALL_CLAIMS } from "./call-claims.ts";
import { LIVE_CLAIMS } from "./live-claims.ts";
import { Stage, type Subject } from "./stage.ts";

/** A claim's title, and why it does not hold; null if it does. */
export interface Outcome {
  claim: string;
  fault: string | null;
}

/** Tries every claim. */
export async function conformance(subject: Subject): Promise<Outcome[]> {
  const stage = new Stage(subject);
  const outcomes: Outcome[] = [];
  for (const [claim, holds] of Object.entries({ ...CALL_CLAIMS, ...LIVE_CLAIMS })) {
    try {
      await within(CLAIM_MAX_MS, holds(stage));
      outcomes.push({ claim, fault: null });
    } catch (error) {
      outcomes.push({ claim, fault: error instanceof Error ? error.message : String(error) });
    }
  }
  return outcomes;
}

/** A claim that has not ended after this long does not hold. */
const CLAIM_MAX_MS = 45_000;

async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("it does not end")), ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
