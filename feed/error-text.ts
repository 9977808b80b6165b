/**
 * Errors as they may be logged and kept. Their own texts quote what people wrote: the parameters of a
 * failed query, a piece of a body, an e-mail address that was typed as a handle. This is the one place
 * that decides what of an error leaves the process.
 */
import { ERROR_TEXT_MAX_CHARS } from "./limits.ts";

/** Drizzle's message: the statement, then its parameters. What failed is in the error's cause. */
const FAILED_QUERY = /^Failed query:[\s\S]*/;
const PARAMETERS = /\b(params|command was):[\s\S]*/i;
/** A parser quotes what it read, quotes and all. */
const NOT_JSON = /^(Unexpected [^,]*), [\s\S]* is not valid JSON/;
const ADDRESS = /[^\s"'@<>(),;:/]+@[^\s"'@<>(),;/]+/g;
const TOKEN = /\beyJ[\w-]+\.[\w-]+\.[\w-]+|\b(bearer)\s+\S+/gi;
/** Quoted texts, of which messages about bodies and values are made; an apostrophe in a word is no quote. */
const QUOTED = [/"(?:[^"\\]|\\.)*(?:"|$)/g, /(?<!\w)'[^']*(?:'(?!\w)|$)/g, /`[^`]*(?:`|$)/g];

/** What of an error may be logged or kept: its name and message, and those of its causes. */
export function errorText(error: unknown): string {
  const texts: string[] = [];
  let at: unknown = error;
  for (let depth = 0; depth < 5 && at !== undefined && at !== null; depth++) {
    const text =
      at instanceof Error ? `${at.name}: ${redacted(at.message)}` : redacted(rawText(at));
    // An error that wraps another one often repeats its message.
    if (!texts.some((known) => known.includes(text))) texts.push(text);
    at = at instanceof Error ? at.cause : undefined;
  }
  return texts.join("; ").slice(0, ERROR_TEXT_MAX_CHARS);
}

/** The same with the lines of the stack, which name only code. */
export function errorStack(error: unknown): string {
  const { stack = "", message } = error instanceof Error ? error : new Error();
  // The stack begins with the message, which may have lines that look like those of code.
  const lines = stack
    .slice(stack.indexOf(message) + message.length)
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  return [errorText(error), ...lines].join("\n");
}

/** A path without the names in it: `/v1/users/@…/posts`. */
export function pathText(path: string): string {
  return path.replaceAll(/[^/]*(?:@|%40)[^/]*/gi, "@…").replaceAll(/(\/accounts\/)[^/]+/g, "$1…");
}

function redacted(text: string): string {
  const unquoted = text
    .replace(FAILED_QUERY, "a query failed")
    .replace(NOT_JSON, "$1, … is not valid JSON")
    .replace(PARAMETERS, "$1: …");
  return [TOKEN, ...QUOTED, ADDRESS].reduce((left, kind) => left.replaceAll(kind, "…"), unquoted);
}

function rawText(value: unknown): string {
  return typeof value === "string" ? value : "something that is no error was thrown";
}
