/** Cursors of requests. */
import { ApiProblem } from "./problem.ts";

/** Reads a cursor, null for the first page. @throws ApiProblem invalid_request */
export function cursorOf<T>(
  cursor: string | undefined,
  decode: (cursor: string) => T | null,
): T | null {
  if (cursor === undefined) return null;
  const position = decode(cursor);
  if (position !== null) return position;
  throw wrongCursor();
}

/** The problem of a cursor that is not one of the list. */
export function wrongCursor(): ApiProblem {
  return new ApiProblem("invalid_request", "The cursor does not belong to this list.", {
    violations: [{ path: "cursor", message: "not a cursor of this list" }],
  });
}
