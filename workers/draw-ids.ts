/** Writes whose new ids may belong to something else already: they are repeated with other ids. */
import { errorText } from "../feed/error-text.ts";
import { IdTaken } from "../db/store.ts";
import { ID_DRAWS_MAX } from "../feed/limits.ts";

/**
 * Runs a write that draws its ids itself, and runs it again if one of them is taken. Two
 * isolates that write for one account in one millisecond make equal ids.
 * @throws IdTaken if that does not end
 */
export async function drawIds<T>(write: () => Promise<T>): Promise<T> {
  for (let draw = 1; ; draw++) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof IdTaken) || draw >= ID_DRAWS_MAX) throw error;
      console.warn("an id was taken; another one is drawn", errorText(error));
    }
  }
}
