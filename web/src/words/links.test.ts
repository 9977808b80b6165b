import { expect, it } from "vitest";
import { shownLink } from "./links.ts";

it.each([
  ["https://a.example/b?c=d", "a.example/b?c=d"],
  ["http://a.example:8080", "a.example:8080"],
  ["https://bücher.example/neu", "bücher.example/neu"],
  ["https://例え.jp", "例え.jp"],
  ["https://пример.рф/путь", "пример.рф/путь"],
])("the link %s is shown without its scheme", (written, text) => {
  expect(shownLink(written)?.text).toBe(text);
  expect(new URL(shownLink(written)?.href ?? "").href).toBe(new URL(written).href);
});

it.each([
  ["https://bank.example@evil.example/login", "evil.example/login"],
  ["https://bank.example:443@evil.example", "evil.example"],
  ["https://user:secret@evil.example/a@b", "evil.example/a@b"],
  ["https://bank.example%2F@evil.example/", "evil.example/"],
])("the link %s is shown, and goes, to its host alone", (written, text) => {
  const shown = shownLink(written);
  expect(shown?.text).toBe(text);
  const { host, username, password } = new URL(shown?.href ?? "");
  expect([host, username, password]).toEqual(["evil.example", "", ""]);
});

it.each([
  // A Cyrillic "а" among Latin letters; wholly Cyrillic letters that read "apple"; a Greek "ο".
  ["https://b\u0430nk.example", "xn--bnk-5cd.example"],
  ["https://\u0430\u0440\u0440\u04cf\u0435.com/x", "xn--80ak6aa92e.com/x"],
  ["https://g\u03bf\u03bfgle.com", "xn--ggle-0nda.com"],
  // Latin and Thai in one label.
  ["https://ab\u0e01.example", "xn--ab-jli.example"],
])("the host of %s, whose scripts imitate another, is shown encoded", (written, text) => {
  const shown = shownLink(written)?.text ?? "";
  expect(shown.startsWith("xn--")).toBe(true);
  expect(shown).toBe(new URL(written).host + text.slice(text.split("/")[0]?.length ?? 0));
});

it.each([
  ["http://2130706433/", "127.0.0.1/"],
  ["https://%65vil.example/", "evil.example/"],
  ["https://good.example\\@evil.example", "good.example\\@evil.example"],
  ["https://ｇood.example/", "good.example/"],
])("the link %s is shown with the host that a browser goes to", (written, text) => {
  expect(shownLink(written)?.text).toBe(text);
});

it.each([
  "https://",
  "https://a b",
  "https://[::1",
  "javascript:alert(1)",
  "https://exa%20mple",
  "https://ab\u0645.example",
])("%s is no link", (written) => {
  expect(shownLink(written)).toBeNull();
});
