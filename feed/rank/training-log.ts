/**
 * The training log: one line of JSON for each served page, with the raw facts that ranking had and the
 * viewer's actions on each item. It has facts, not features, so that a log stays useful when the
 * features change.
 */
import { z } from "zod";
import { impressionSchema } from "../delivery/jobs.ts";
import { type Id, ID_PATTERN, shareOf, type UserId } from "../ids.ts";
import {
  DWELL_MAX_MS,
  DWELLED_MIN_MS,
  PAGE_EFFECT_MS,
  PAGE_MAX_ITEMS,
  RANK_LOG_LINE_MAX_BYTES,
  RANK_LOG_MAX_POSITION,
} from "../limits.ts";
import { itemFactsSchema, viewerFactsSchema, withPeople } from "./facts.ts";
import type { Head } from "./heads.ts";

/**
 * What the log calls a viewer: random, of the form of an id, and destroyed with the account. Nothing else
 * in the log names its viewer.
 */
export type ViewerKey = string;

/** A viewer's report of impressions. Its id is left out, because it names the viewer. */
export const loggedReportSchema = z.object({
  /** When it arrived, in milliseconds since 1970. */
  atMs: z.int(),
  items: z.array(impressionSchema),
});
export type LoggedReport = z.infer<typeof loggedReportSchema>;

/** The version of lines that this code reads and writes. */
const LOG_VERSION = 1;

const didSchema = z.strictObject({
  /** Whether the viewer's client reported an impression. */
  seen: z.boolean().default(false),
  opened: z.boolean().default(false),
  liked: z.boolean().default(false),
  reposted: z.boolean().default(false),
  replied: z.boolean().default(false),
  /** Whether the viewer muted or blocked the author. */
  hidden: z.boolean().default(false),
  dwellMs: z.number().min(0).max(DWELL_MAX_MS).default(0),
});
/** A viewer's actions on an item after it was served; an absent one was not taken. */
export type Did = z.infer<typeof didSchema>;

const loggedItemSchema = itemFactsSchema.extend({
  /** Its position in the scroll; 0 is the top of the first page. */
  position: z.int().min(0).max(RANK_LOG_MAX_POSITION),
  did: didSchema.prefault({}),
});
export type LoggedItem = z.infer<typeof loggedItemSchema>;

/** One served page. */
export const logLineSchema = z.strictObject({
  v: z.literal(LOG_VERSION),
  /** The id of the page; two lines with the same id are one page. */
  page: z.string().regex(ID_PATTERN, "not an id"),
  /** When the page was served, in milliseconds since 1970; the facts are of this time. */
  atMs: z.int().min(1).max(8.64e15),
  /**
   * The order, and the name of the model in use when a ranked page was logged. A later page of a scroll
   * keeps the order of the first one, which an earlier model may have computed.
   */
  order: z.enum(["ranked", "latest"]),
  model: z.string().max(100).nullable().default(null),
  viewer: viewerFactsSchema,
  items: z.array(loggedItemSchema).min(1).max(PAGE_MAX_ITEMS),
});
export type LogLine = z.infer<typeof logLineSchema>;

const versionedSchema = z.object({ v: z.unknown() });

/** A line, or its error. */
export type ParsedLine = { ok: true; line: LogLine } | { ok: false; error: string };

/** Parses one line. It never throws: an invalid line gives a sentence that names the fault. */
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

/** Numbers whose absence does not mean 0. */
const NEEDED: ReadonlySet<string> = new Set(["position", "chars", "followers"]);

/** Significant digits of a fraction, which keep a small decayed value distinct from 0. */
const LOGGED_DIGITS = 4;

/**
 * Writes one line, without the line end, at most `RANK_LOG_LINE_MAX_BYTES` long. It leaves out values
 * that a reader assumes by default, and rounds fractions to `LOGGED_DIGITS`.
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
 * A line that names its viewer by a key alone. It leaves out the items that the viewer wrote or reposted,
 * because their author or reposter would name the viewer; they are no examples.
 * @returns null if nothing is left
 */
export function anonymousLine(line: LogLine, page: Id, key: ViewerKey): LogLine | null {
  const { id } = line.viewer;
  const items = line.items.filter(({ author, by }) => author !== id && by !== id);
  if (items.length === 0) return null;
  const people = items.flatMap(({ author, by }) => [author, by ?? author]);
  return { ...line, page, viewer: { ...withPeople(line.viewer, new Set(people)), id: key }, items };
}

/**
 * Whether the pages of a viewer are logged now: all of an hour or none, because an action on a post
 * counts for the last page that showed it, and the log must have that page.
 */
export function isLogged(viewer: UserId, nowMs: number, percent: number): boolean {
  return shareOf(`${Math.floor(nowMs / PAGE_EFFECT_MS)}.${viewer}`) * 100 < percent;
}

/** The label of each head for one item of the log. */
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
 * Whether an item is an example: the viewer reached it. All items down to the last one with an
 * impression or an action count as reached; the viewer may never have looked at those below. The
 * viewer's own posts are no examples.
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
