/** Timelines as an earlier version of the code has stored them. */

/** Undoes the migrations of a home timeline from its hub's on: those that had none. */
export const UNDO_SINCE_HUBS = `
  DROP TABLE hub; ALTER TABLE modes ADD COLUMN leaves INTEGER NOT NULL DEFAULT 4;
  DROP TABLE hidden_accounts; DROP TABLE ended_sessions; DROP TABLE used_tickets;
  DROP TABLE budget; DROP TABLE steering; DROP TABLE cards`;
