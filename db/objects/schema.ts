/** The tables that only store objects have. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Handles, in the directory of their bucket. A new account takes its handle, writes its own row, and then
 * confirms the handle. A handle that is not confirmed may be taken over while its account has no row.
 */
export const handles = sqliteTable("handles", {
  handle: text().primaryKey(),
  /** The account. No two accounts of a directory have the same owner in their ids. */
  id: text().notNull(),
  confirmed: integer({ mode: "boolean" }).notNull().default(false),
});
