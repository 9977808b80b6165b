/** Times, numbers and links, in the form that readers see. */
import { shownLink } from "./links.ts";
import { foldHandle } from "../../../feed/handle.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago, in a few characters: "now", "5m", "3h", "6d", then the date. */
export function ago(iso: string, nowMs: number): string {
  const then = new Date(iso);
  const pastMs = nowMs - then.getTime();
  if (pastMs < MINUTE_MS) return "now";
  if (pastMs < HOUR_MS) return `${Math.floor(pastMs / MINUTE_MS)}m`;
  if (pastMs < DAY_MS) return `${Math.floor(pastMs / HOUR_MS)}h`;
  if (pastMs < 7 * DAY_MS) return `${Math.floor(pastMs / DAY_MS)}d`;
  const sameYear = then.getFullYear() === new Date(nowMs).getFullYear();
  const date: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  return then.toLocaleDateString("en", sameYear ? date : { ...date, year: "numeric" });
}

/** The date and minute, in the reader's own time zone. */
export function fullTime(iso: string): string {
  return new Date(iso).toLocaleString("en", { dateStyle: "long", timeStyle: "short" });
}

const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** A count in at most five characters: 999, 1.2K, 34M. */
export function compact(count: number): string {
  return short.format(count);
}

/** "1 post", "2 posts". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${compact(count)} ${count === 1 ? one : many}`;
}

/** A range of a post's text. */
export type Span =
  | { kind: "text"; text: string }
  | { kind: "link"; text: string; href: string }
  | { kind: "mention"; text: string; href: string };

// A web address (without the punctuation that ends a sentence), or a handle that starts a word.
const LINKS = /https?:\/\/[^\s<>"]*[^\s<>"'.,:;!?)\]}]|(?<![\w@/])@\w{3,30}(?!\w)/gu;

/** A mention, or an address; what browsers would not open stays text. */
function spanOf(link: string): Span {
  if (link.startsWith("@")) return { kind: "mention", text: link, href: `/${foldHandle(link)}` };
  const shown = shownLink(link);
  return shown === null ? { kind: "text", text: link } : { kind: "link", ...shown };
}

/** Finds web addresses and mentions in a text. */
export function spans(text: string): Span[] {
  const found: Span[] = [];
  let at = 0;
  for (const match of text.matchAll(LINKS)) {
    const [link] = match;
    if (match.index > at) found.push({ kind: "text", text: text.slice(at, match.index) });
    found.push(spanOf(link));
    at = match.index + link.length;
  }
  if (at < text.length) found.push({ kind: "text", text: text.slice(at) });
  return found;
}
