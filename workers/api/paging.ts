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

/** A cursor is not one that the list has given. */
export function wrongCursor(): ApiProblem {
  return new ApiProblem("invalid_request", "The cursor is not one that this list has given.", {
    violations: [{ path: "cursor", message: "not a cursor of this list" }],
  });
}
