/** The challenge of a sign-up, which people pass and programs do not: Turnstile, if it is configured. */
import { z } from "zod";
import { errorText } from "../../feed/error-text.ts";
import { CHALLENGE_TIMEOUT_MS } from "../../feed/limits-protection.ts";
import { Unavailable } from "../../feed/unavailable.ts";
import type { Config } from "../config.ts";

/** The service that checks answers can't be asked now; the same answer may pass later. */
class ChallengeUnavailable extends Unavailable {
  override readonly name = "ChallengeUnavailable";
}

const verdictSchema = z.object({
  success: z.boolean(),
  "error-codes": z.array(z.string()).default([]),
});

/** Codes that say nothing about the answer, but about the secret or the service. */
const FAULTS: ReadonlySet<string> = new Set([
  "missing-input-secret",
  "invalid-input-secret",
  "internal-error",
]);

/**
 * Whether the answer to a challenge is good. An answer is good once. Without a configured secret nothing is
 * asked, and every sign-up passes.
 * @param answer what the widget of the page gave; undefined if the request has none
 * @throws ChallengeUnavailable
 */
export async function passesChallenge(
  { TURNSTILE_SECRET: secret, TURNSTILE_VERIFY_URL: url }: Config,
  answer: string | undefined,
): Promise<boolean> {
  if (secret === undefined) return true;
  if (answer === undefined || answer === "") return false;
  const { success, "error-codes": codes } = await ask(url, { secret, response: answer });
  const faults = codes.filter((code) => FAULTS.has(code));
  if (!success && faults.length > 0) throw new ChallengeUnavailable(faults.join(", "));
  return success;
}

async function ask(url: string, body: { secret: string; response: string }) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(body),
      signal: AbortSignal.timeout(CHALLENGE_TIMEOUT_MS),
    });
    // A refusal has the status 400 and a verdict, too.
    if (answer.status >= 500) throw new ChallengeUnavailable(`status ${answer.status}`);
    return verdictSchema.parse(await answer.json());
  } catch (error) {
    if (error instanceof ChallengeUnavailable) throw error;
    throw new ChallengeUnavailable(errorText(error), { cause: error });
  }
}
