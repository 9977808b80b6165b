/** Calls of a D1 database: which failures are repeated, and what the others mean. */
import { Moved, RunEnded } from "../places/place.ts";
import { IdTaken, StoreUnavailable } from "../store.ts";

/** D1's messages for a call that was lost on the way or met a restart; the call can be repeated. */
const TRANSIENT = /network connection lost|caused object to be reset|reset because its code/i;
/** SQLite's message for an insert whose key another row has. */
const CONSTRAINT = /constraint failed/i;
/** Messages for failures of the database, as opposed to faults of this code such as invalid SQL. */
const OF_DATABASE = /D1_(?!.*SQLITE_ERROR)/;
/** What statements fail with on purpose. */
const MOVED = /skein:moved/;
const RUN_ENDED = /skein:run ended/;
const ATTEMPTS = 3;
const RETRY_BASE_MS = 25;

/** Runs statements of one database. They must be safe to repeat, because a lost answer repeats them. */
export async function attempts<T>(name: string, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      const message = messages(error);
      if (MOVED.test(message)) throw new Moved(`${name}: ${message}`, { cause: error });
      if (RUN_ENDED.test(message)) throw new RunEnded(`${name}: another mover has begun`);
      // Statements insert under a new id, or say what an existing row means.
      if (CONSTRAINT.test(message)) throw new IdTaken(message, { cause: error });
      const transient = TRANSIENT.test(message);
      if (!transient && !OF_DATABASE.test(message)) throw error;
      if (attempt >= ATTEMPTS || !transient) {
        throw new StoreUnavailable(`${name}: ${message}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_BASE_MS * 2 ** attempt));
    }
  }
}

/** The messages of an error and of its causes. */
function messages(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messages(error.cause)}`;
}
