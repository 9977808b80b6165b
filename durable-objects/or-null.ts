import { errorText } from "../feed/error-text.ts";
import { within } from "./within.ts";
import { BACKLOG_TIMEOUT_MS } from "../feed/limits.ts";

/** A count, or null if it cannot be read within `timeoutMs`. It never throws. */
export async function orNull(
  count: () => Promise<number>,
  timeoutMs = BACKLOG_TIMEOUT_MS,
): Promise<number | null> {
  try {
    return await within(count(), { milliseconds: timeoutMs });
  } catch (error) {
    console.warn("a backlog could not be read", errorText(error));
    return null;
  }
}
