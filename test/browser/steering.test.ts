import type { BrowserContextOptions } from "playwright-core";
import { beforeEach, expect, inject, test } from "vitest";
import { clipped, overhang, violations } from "./axe.ts";
import { People, type Person } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";
import { eventually } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();

const PHONE: BrowserContextOptions = {
  viewport: { width: 320, height: 640 },
  hasTouch: true,
  isMobile: true,
};

let ada: Person;
let noor: Person;
let ben: Person;
beforeEach(async () => {
  const [one, other, third] = await people.friends("Ada", "Noor", "Ben");
  if (one === undefined || other === undefined || third === undefined)
    throw new Error("no friends");
  [ada, noor, ben] = [one, other, third];
  // Engagement counts from the first read of a timeline.
  await people.timeline(ada);
  for (const text of ["Noor's first", "Noor's second"]) {
    await people.like(ada, await people.post(noor, text));
  }
  await people.post(noor, "Noor's news");
  await people.post(ben, "Ben's news");
});

/** Asks why a post is where it is. */
async function askWhy(reader: Reader, text: string) {
  const post = reader.post(text);
  await post.getByRole("button", { name: "Why this post" }).click();
  return post.getByRole("region", { name: "Why this post" });
}

test("why a post is where it is, is said in sentences, with its figures behind Details", async () => {
  const reader = await open();
  await reader.signIn(ada);
  const why = await askWhy(reader, "Noor's news");
  await why.getByText("You often like Noor", { exact: true }).waitFor();
  await why.getByText("New", { exact: true }).waitFor();
  const figures = why.getByText("how new it is");
  expect(await figures.isVisible()).toBe(false);
  await why.getByText("Details").click();
  await figures.waitFor();
  expect(await violations(reader)).toEqual([]);
  const liked = await askWhy(reader, "Noor's first");
  await liked.getByText("Lower, because you have liked it").waitFor();
});

test("one asks for more and less, takes it back, and mutes with a way back", async () => {
  const reader = await open();
  const { page } = reader;
  await reader.signIn(ada);
  const why = await askWhy(reader, "Ben's news");
  const less = why.getByRole("button", { name: "Less like this" });
  const more = why.getByRole("button", { name: "More like this" });
  const tastes = async () => {
    const answer = await ada.skein.readRanking();
    return answer.ok ? answer.value.tastes.map(({ taste }) => taste) : null;
  };
  await less.click();
  await eventually(async () => expect(await tastes()).toEqual(["less"]));
  await more.click();
  await eventually(async () => expect(await tastes()).toEqual(["more"]));
  expect(await more.getAttribute("aria-pressed")).toBe("true");
  expect(await less.getAttribute("aria-pressed")).toBe("false");
  // It is there after a reload, and the order says so.
  await page.reload();
  await reader.live();
  const again = await askWhy(reader, "Ben's news");
  await again.getByText("You asked for more of Ben").waitFor();
  const pressed = again.getByRole("button", { name: "More like this", pressed: true });
  await pressed.click();
  await eventually(async () => expect(await tastes()).toEqual([]));
  await again.getByRole("button", { name: `Mute @${ben.handle}` }).click();
  await reader.post("Ben's news").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await reader.post("Ben's news").waitFor();
});

test("the sliders are set with the keyboard alone, kept, and taken back in one click", async () => {
  const reader = await open();
  const { page } = reader;
  await reader.signIn(ada);
  await page.getByText("Adjust your order").click();
  const fresh = page.getByRole("slider", { name: /^Fresh/ });
  await eventually(async () => expect(await fresh.isEnabled()).toBe(true));
  await fresh.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const stored = async () => {
    const answer = await ada.skein.readRanking();
    return answer.ok ? answer.value.fresh : null;
  };
  await eventually(async () => expect(await stored()).toBe(2));
  expect(await fresh.getAttribute("aria-valuetext")).toBe("most");
  await page.reload();
  await page.getByText("Adjust your order").click();
  await eventually(async () => expect(await fresh.inputValue()).toBe("2"));
  await page.getByRole("button", { name: "Back to the usual order" }).click();
  await eventually(async () => expect(await stored()).toBe(1));
  await eventually(async () => expect(await fresh.inputValue()).toBe("1"));
});

test.for([
  { device: "a desktop, light", name: "desktop", options: { colorScheme: "light" } },
  { device: "a phone, dark", name: "phone", options: { ...PHONE, colorScheme: "dark" } },
] satisfies { device: string; name: string; options: BrowserContextOptions }[])(
  "on $device axe objects to nothing in reasons and sliders, and nothing is wider than the window",
  async ({ options, name }) => {
    const reader = await open(options);
    const { page } = reader;
    await reader.signIn(ada);
    await page.getByText("Adjust your order").click();
    await page.getByRole("slider", { name: /^Popular/ }).waitFor();
    const why = await askWhy(reader, "Noor's news");
    await why.getByText("Details").click();
    expect(await violations(reader)).toEqual([]);
    const wide = await clipped(reader, "article *, .tuning *");
    expect(await overhang(reader), wide.join("\n")).toBeLessThanOrEqual(0);
    const folder = process.env["PICTURES"];
    if (folder !== undefined) await page.screenshot({ path: `${folder}/steering-${name}.png` });
  },
);
