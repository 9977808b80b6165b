/** The client of Skein's API: see README.md. */
export { SkeinAdministration } from "./administration.ts";
export type { Settings } from "./calls.ts";
export { type ErrorCode, orThrow, type Result, SkeinError } from "./errors.ts";
export type { Connect, Live, LiveEvent, LiveOptions, Socket } from "./live.ts";
export type { Page, Pages } from "./pages.ts";
export { keepSession, type SessionPlace, type SessionTokens } from "./session-keeper.ts";
export { type ListQuery, Skein } from "./skein.ts";
export type { Refresh, TokenSource } from "./tokens.ts";
export type * from "./wire.ts";
