/**
 * Web addresses as the page shows them: with the host that a browser would open, even if the text imitates another
 * host.
 */

/** The part of an address that names the host, as browsers find it: a backslash is a slash to them. */
const AUTHORITY = /^https?:\/\/[^/?#\\]*/;

/** Scripts with letters that look like Latin ones. */
const LIKE_LATIN = ["Armenian", "Cherokee", "Coptic", "Cyrillic", "Greek", "Lisu"];
const OTHERS = [
  "Arabic",
  "Bengali",
  "Bopomofo",
  "Devanagari",
  "Ethiopic",
  "Georgian",
  "Han",
  "Hangul",
  "Hebrew",
  "Hiragana",
  "Katakana",
  "Khmer",
  "Lao",
  "Latin",
  "Myanmar",
  "Tamil",
  "Thai",
];
const SCRIPTS: readonly (readonly [string, RegExp])[] = [...LIKE_LATIN, ...OTHERS].map((name) => [
  name,
  new RegExp(`\\p{Script=${name}}`, "u"),
]);
/** Scripts that words of one language mix. */
const WRITTEN_TOGETHER = [
  ["Han", "Hiragana", "Katakana", "Latin"],
  ["Han", "Hangul", "Latin"],
  ["Han", "Bopomofo", "Latin"],
];

/**
 * An address as a link; null if browsers would not go there. The text begins with the host: without what is
 * written before an `@`, and as `xn--…` if its letters are of scripts that together imitate another host.
 */
export function shownLink(written: string): { text: string; href: string } | null {
  const url = URL.parse(written);
  const [authority = ""] = AUTHORITY.exec(written) ?? [];
  if (url === null || authority === "") return null;
  url.username = "";
  url.password = "";
  const rest = written.slice(authority.length);
  const isPlain = url.href === written || url.href === `${written}/`;
  return { text: `${hostOf(url, authority)}${rest}`, href: isPlain ? written : url.href };
}

/** The host as it can be shown, with its port. */
function hostOf(url: URL, authority: string): string {
  if (!/(^|\.)xn--/.test(url.hostname)) return url.host;
  const typed = authority.replace(/^https?:\/\/(.*@)?/, "").replace(/:\d*$/, "");
  // Not every form of a host is one that somebody would recognize: what does not lead back is shown as it is.
  const shown = typed.normalize("NFKC").toLowerCase();
  const isSame = URL.parse(`https://${shown}/`)?.hostname === url.hostname;
  if (!isSame || imitates(shown)) return url.host;
  return url.port === "" ? shown : `${shown}:${url.port}`;
}

/** Whether a host has letters of scripts that nobody writes together, or that look like Latin ones beside these. */
function imitates(host: string): boolean {
  const scripts = scriptsOf(host);
  if (scripts === null) return true;
  if (scripts.includes("Latin") && scripts.some((name) => LIKE_LATIN.includes(name))) return true;
  return host.split(".").some((label) => {
    const own = scriptsOf(label) ?? [];
    const together = WRITTEN_TOGETHER.some((some) => own.every((name) => some.includes(name)));
    return own.length > 1 && !together;
  });
}

/** The scripts of a text's letters; null if there is a letter of none that is known here. */
function scriptsOf(text: string): string[] | null {
  const letters = [...text].filter((char) => /\p{L}/u.test(char));
  const all = letters.map((char) => SCRIPTS.find(([, letter]) => letter.test(char))?.[0]);
  return all.includes(undefined) ? null : [...new Set(all.filter((name) => name !== undefined))];
}
