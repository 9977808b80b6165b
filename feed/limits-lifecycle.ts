/** Limits of hiding, deleting and exporting accounts. */

/**
 * What an account's job does in one invocation: posts, reactions or edges. Each costs about ten statements, of the 1,000
 * of an invocation; the jobs of a batch share them.
 */
export const ACCOUNT_PAGE = 60;
/** Rows without further work that an account's job deletes at a time, of each kind. */
export const ACCOUNT_ROWS_PAGE = 500;
/** Dead letters that an account's job looks through at a time. */
export const ACCOUNT_LETTERS_PAGE = 100;
/**
 * When a deletion looks for what the account has left a second time: requests that were under way when it began, and jobs
 * that were retried meanwhile, are over by then.
 */
export const DELETION_AGAIN_MS = 60 * 60 * 1000;
/** How long the handle of a deleted account stays taken, so that nobody is taken for its former owner. */
export const HANDLE_KEPT_MS = 30 * 24 * 60 * 60 * 1000;
/** Rows that an export reads at a time. */
export const EXPORT_PAGE = 500;
/** Pages in one answer of an export, each a statement or two; what is left is in the next answer. */
export const EXPORT_PAGES_MAX = 300;
