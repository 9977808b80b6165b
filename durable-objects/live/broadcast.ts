/** Calling many objects about one thing. */
import pMap from "p-map";
import { HUB_CONCURRENCY } from "../../feed/limits.ts";

/** What to call, and what to do at once with each result. */
export interface Broadcast<Target, Answer> {
  call: (target: Target) => Promise<Answer>;
  onAnswer: (target: Target, answer: Answer) => void;
  onFailure: (target: Target, error: unknown) => void;
}

/**
 * Calls every target, `HUB_CONCURRENCY` of them at a time. A call that fails goes to
 * `onFailure` and stops no other call.
 */
export async function broadcast<Target, Answer>(
  targets: readonly Target[],
  { call, onAnswer, onFailure }: Broadcast<Target, Answer>,
): Promise<void> {
  await pMap(
    targets,
    async (target) => {
      let answer: Answer;
      try {
        answer = await call(target);
      } catch (error) {
        onFailure(target, error);
        return;
      }
      onAnswer(target, answer);
    },
    { concurrency: HUB_CONCURRENCY },
  );
}
