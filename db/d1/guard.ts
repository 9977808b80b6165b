/**
 * The check that a batch's buckets are here. SQLite evaluates the LIMIT of a query before it reads any row, so the
 * check needs no statement of its own where the batch has a query, and holds also if the query finds nothing.
 */

/** What a refused statement fails with; SQLite repeats it in its message. */
const REFUSAL = "skein:moved";

/** The states of `HOLDING_STATES` that allow reads, and those that allow writes. */
const READABLE = "p.state <= 3";
const WRITABLE = "(p.state <= 2 OR (p.state = 3 AND p.until_ms < unixepoch('subsec') * 1000))";

/** A query that answers `value` if all of the buckets are here, and fails otherwise. */
function checkOf(buckets: readonly number[], forWrites: boolean, value: string): string {
  return `(SELECT iif(count(*) = 0, ${value}, json_extract('{}', '${REFUSAL} ' || min(b.value)))
    FROM json_each('${JSON.stringify(buckets)}') AS b WHERE NOT EXISTS (
      SELECT 1 FROM placement AS p
      WHERE p.bucket = b.value AND ${forWrites ? WRITABLE : READABLE}))`;
}

/** Whether a statement is a query. */
function isQuery(sql: string): boolean {
  return /^\s*select\b/i.test(sql);
}

/** The LIMIT at the end of a query. */
const LIMIT_AT_END = /\blimit (\?|\d+)\s*$/i;
/** An insert that takes rows from a query, which ends here; SQLite's grammar needs the condition. */
const INSERTED_QUERY = /^(\s*insert\b.*\bwhere true)(\s*(?:on conflict\b.*|returning\b.*)?)$/is;

/** Puts a check into a statement. @returns null if the statement has no place for it */
function withCheck(sql: string, check: (value: string) => string): string | null {
  if (isQuery(sql)) {
    const [end, limit] = LIMIT_AT_END.exec(sql) ?? [];
    return end === undefined || limit === undefined
      ? `${sql} LIMIT ${check("-1")}`
      : `${sql.slice(0, -end.length)}LIMIT ${check(limit)}`;
  }
  const [, query, rest] = INSERTED_QUERY.exec(sql) ?? [];
  return query === undefined ? null : `${query} LIMIT ${check("-1")}${rest ?? ""}`;
}

/**
 * Guards a batch: it fails, and changes nothing, unless all of the buckets are here.
 * @returns the statement to run first, null if another one has the check; and the batch's statements
 */
export function guarded(
  batch: readonly string[],
  buckets: readonly number[],
): { first: string | null; batch: string[] } {
  const check = (value: string) => checkOf(buckets, !batch.every(isQuery), value);
  for (const [n, sql] of batch.entries()) {
    const checked = withCheck(sql, check);
    if (checked !== null) return { first: null, batch: batch.toSpliced(n, 1, checked) };
  }
  return { first: `SELECT ${check("1")}`, batch: [...batch] };
}
