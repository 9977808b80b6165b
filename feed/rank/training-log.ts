/**
 * The training log: one line of JSON for each served page, with the raw facts that its order was
 * computed from and what the viewer did with each item. Facts, not features: a log stays of use when
 * the features change.
 */
import { z } from "zod";
import { ID_PATTERN, shareOf, type UserId } from "../ids.ts";
import {
  DWELL_MAX_MS,
  DWELLED_MIN_MS,
  PAGE_EFFECT_MS,
  PAGE_MAX_ITEMS,
  RANK_LOG_LINE_MAX_BYTES,
  RANK_LOG_MAX_POSITION,
} from "../limits.ts";
import { itemFactsSchema, viewerFactsSchema } from "./facts.ts";
import type { Head } from "./heads.ts";

/** The form of line that this code reads and writes. */
const LOG_VERSION = 1;

const didSchema = z.strictObject({
  /** Whether the viewer's client reported it on screen. */
  seen: z.boolean().default(false),
  opened: z.boolean().default(false),
  liked: z.boolean().default(false),
  reposted: z.boolean().default(false),
  replied: z.boolean().default(false),
  /** Its author was muted or blocked from here. */
  hidden: z.boolean().default(false),
  dwellMs: z.number().min(0).max(DWELL_MAX_MS).default(0),
});
/** What a viewer did with an item after it was served; what is left out was not done. */
export type Did = z.infer<typeof didSchema>;

const loggedItemSchema = itemFactsSchema.extend({
  /** How far down the scroll it stood: 0 is the top of the first page. */
  position: z.int().min(0).max(RANK_LOG_MAX_POSITION),
  did: didSchema.prefault({}),
});
export type LoggedItem = z.infer<typeof loggedItemSchema>;

/** One served page. */
export const logLineSchema = z.strictObject({
  v: z.literal(LOG_VERSION),
  /** Names the page; the same one on two lines is one page. */
  page: z.string().regex(ID_PATTERN, "not an id"),
  /** When it was served, in milliseconds since 1970; facts are as of then. */
  atMs: z.int().min(1).max(8.64e15),
  /**
   * How it was ordered, and the name of the model that did, if one did: the one in use when the page was
   * logged. A further page keeps the order of its first one, which another model may have made before.
   */
  order: z.enum(["ranked", "latest"]),
  model: z.string().max(100).nullable().default(null),
  viewer: viewerFactsSchema,
  items: z.array(loggedItemSchema).min(1).max(PAGE_MAX_ITEMS),
});
export type LogLine = z.infer<typeof logLineSchema>;

const versionedSchema = z.object({ v: z.unknown() });

/** A line, or what is wrong with it. */
export type ParsedLine = { ok: true; line: LogLine } | { ok: false; error: string };

/** Reads one line. Never throws: what is wrong comes back as a sentence that names it. */
export function parseLogLine(text: string): ParsedLine {
  if (text.length > RANK_LOG_LINE_MAX_BYTES) {
    return { ok: false, error: `it has more than ${RANK_LOG_LINE_MAX_BYTES} characters` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, error: "it is not JSON (was it cut off?)" };
  }
  const version = versionedSchema.safeParse(value).data?.v;
  if (version !== LOG_VERSION) {
    const found = version === undefined ? "missing" : JSON.stringify(version);
    return { ok: false, error: `its version "v" is ${found}, and this code reads ${LOG_VERSION}` };
  }
  const parsed = logLineSchema.safeParse(value);
  if (parsed.success) return { ok: true, line: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    ok: false,
    error:
      issue === undefined ? "it does not fit" : `${z.core.toDotPath(issue.path)}: ${issue.message}`,
  };
}

/** Numbers that a reader does not take for 0 if they are missing. */
const NEEDED: ReadonlySet<string> = new Set(["position", "chars", "followers"]);

/** Digits that count of a fraction: what has faded to little is still told from nothing. */
const LOGGED_DIGITS = 4;

/**
 * Writes one line, without the line's end: what has the value that a reader assumes anyway is left
 * out, and fractions keep `LOGGED_DIGITS`. At most `RANK_LOG_LINE_MAX_BYTES`, whatever the page.
 */
export function logLineText(line: LogLine): string {
  return JSON.stringify(line, (key, value: unknown) => {
    if (NEEDED.has(key)) return value;
    if (value === 0 || value === false || value === null) return undefined;
    const isFraction = typeof value === "number" && !Number.isInteger(value);
    return isFraction ? Number(value.toPrecision(LOGGED_DIGITS)) : value;
  });
}

/**
 * Whether the pages of a viewer are logged now. All of an hour are, or none: what is done with a post
 * counts for the last page that showed it, and that one must not be missing.
 */
export function isLogged(viewer: UserId, nowMs: number, percent: number): boolean {
  return shareOf(`${Math.floor(nowMs / PAGE_EFFECT_MS)}.${viewer}`) * 100 < percent;
}

/** What each head of the model is to predict, for one item of the log. */
export function labelsOf(did: Did): Record<Head, boolean> {
  return {
    like: did.liked,
    repost: did.reposted,
    reply: did.replied,
    open: did.opened,
    dwell: did.dwellMs >= DWELLED_MIN_MS,
    hide: did.hidden,
  };
}

/**
 * Whether an item can teach anything: the viewer got as far as it. Everything down to the last item of
 * the page that was reported on screen or acted on counts as passed by; what stood below may never
 * have been looked at, and says nothing. The viewer's own posts are left out.
 */
export function examined({ items, viewer }: LogLine): LoggedItem[] {
  const touched = items.filter(({ did }) => did.seen || acted(did)).map(({ position }) => position);
  const last = Math.max(-1, ...touched);
  return items.filter(
    ({ position, author, by }) => position <= last && !(by === null && author === viewer.id),
  );
}

function acted(did: Did): boolean {
  return did.opened || did.liked || did.reposted || did.replied || did.hidden || did.dwellMs > 0;
}
