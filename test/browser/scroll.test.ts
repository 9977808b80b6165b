import { beforeAll, expect, inject, test } from "vitest";
import { People, type Person } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";
import { eventually } from "../eventually.ts";

const ITEMS = 5_000;
/** Posts are read twenty at a time; a list that draws them all would have ten times as many. */
const DRAWN_MAX = 300;
const SCROLL_TIMEOUT_MS = 480_000;

const people = new People(inject("address"));
const open = useReaders();

let viewer: Person;
beforeAll(async () => {
  const author = await people.join("Prolific");
  viewer = await people.join("Patient");
  await people.posts(author, ITEMS, (n) => `Post number ${n}`);
  await people.follow(viewer, author);
}, SCROLL_TIMEOUT_MS);

/** Scrolls down by windows until `until` says so; what was seen on the way, in order. */
async function scrollDown(reader: Reader, until: () => Promise<boolean>): Promise<string[]> {
  const seen = new Set<string>();
  const deadline = Date.now() + SCROLL_TIMEOUT_MS;
  for (;;) {
    // Asked first: a page that arrives between the two would be at its end, and unseen.
    const done = await until();
    for (const text of await reader.texts()) seen.add(text);
    if (done) return [...seen];
    if (Date.now() > deadline) throw new Error(`stuck after ${seen.size} posts`);
    await reader.scroll(2);
  }
}

test(
  `${ITEMS} posts are scrolled to the end, each shown, few drawn, and the way back is kept`,
  async () => {
    const reader = await open();
    await reader.signIn(viewer, "/latest");
    const { page } = reader;
    await page.locator("article").first().waitFor();
    let most = 0;
    const seen = await scrollDown(reader, async () => {
      most = Math.max(most, await page.locator("article").count());
      return page.getByText("You have reached the beginning.").isVisible();
    });
    expect(seen).toHaveLength(ITEMS);
    expect(new Set(seen)).toEqual(
      new Set(Array.from({ length: ITEMS }, (_, n) => `Post number ${n}`)),
    );
    expect(most).toBeLessThan(DRAWN_MAX);
    // Far down: to a post and back.
    await reader.scroll(-80);
    await eventually(async () => expect(await reader.firstInView()).not.toBe(""));
    const read = await reader.firstInView();
    const before = await reader.topOf(read);
    await reader.post(read).locator("a.when").click();
    await page.getByRole("heading", { name: "Replies" }).waitFor();
    expect(await reader.scrollY()).toBe(0);
    await page.goBack();
    await reader.post(read).waitFor();
    expect(Math.abs((await reader.topOf(read)) - before)).toBeLessThanOrEqual(1);
    // The keyboard goes on where it was, too.
    expect(await reader.focusedPost()).toBe(read);
  },
  SCROLL_TIMEOUT_MS,
);

test("the place is kept when the list above it has grown, and when the window was resized", async () => {
  const [reader, author] = await people.friends("Reader", "Author");
  if (reader === undefined || author === undefined) throw new Error("nobody joined");
  await people.posts(author, 60, (n) => `Line ${n}. ${"A few more words. ".repeat(n % 12)}`.trim());
  const browser = await open();
  await browser.signIn(reader, "/latest");
  const { page } = browser;
  await page.locator("article").first().waitFor();
  await scrollDown(browser, async () => (await browser.scrollY()) > 3_000);
  const read = await browser.firstInView();
  const before = await browser.topOf(read);
  await browser.post(read).locator("a.when").click();
  await page.getByRole("heading", { name: "Replies" }).waitFor();
  await page.keyboard.press("n");
  await page.getByRole("dialog").getByRole("textbox").fill("Mine, on top of the list");
  await page.keyboard.press("Control+Enter");
  await page.getByText("Your post is out.").waitFor();
  await page.setViewportSize({ width: 700, height: 900 });
  await page.goBack();
  await browser.post(read).waitFor();
  expect(Math.abs((await browser.topOf(read)) - before)).toBeLessThanOrEqual(1);
});
