import type { BrowserContextOptions } from "playwright-core";
import { expect, inject, test } from "vitest";
import { clipped, overhang, violations } from "./axe.ts";
import { People } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";
import { eventually } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();

/** The picture of a post's way, in an open operations page. */
async function pictureOf(reader: Reader) {
  await reader.go("/ops");
  await reader.page.getByLabel("ADMIN_TOKEN").fill(inject("adminToken"));
  await reader.page.getByRole("button", { name: "Show the figures" }).click();
  const picture = reader.page.getByRole("region", { name: "A post’s way" });
  await picture.waitFor();
  return picture;
}

test("an administrator sees a post travel, and why cells have no data", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.timeline(ben);
  await people.post(ada, "Before anybody looks");
  const picture = await pictureOf(await open());
  // It begins with what has been counted before.
  const authors = picture.locator(".from .cell");
  await eventually(async () => expect(await authors.textContent()).toMatch(/[1-9]/));
  await picture.getByText("Not counted: a timeline sends frames").waitFor();
  await picture.getByText("No post of a pulled author in this time.").waitFor();
  const pushed = picture.getByRole("list", { name: "Pushed to followers" });
  let n = 0;
  await eventually(async () => {
    await people.post(ada, `On its way ${n++}`);
    await picture.getByText(/^The last \d+ seconds\.$/).waitFor({ timeout: 3_000 });
    expect(await pushed.locator(".cell").last().textContent()).toMatch(
      /Timelines[1-9].*after the post: p50 [\d.]+ m?s, p99/,
    );
    expect(await pushed.locator(".edge.moves").count()).toBeGreaterThan(0);
  });
});

test.for([
  { device: "a desktop, light", name: "desktop", options: { colorScheme: "light" } },
  {
    device: "a phone, dark",
    name: "phone",
    options: { colorScheme: "dark", viewport: { width: 320, height: 700 }, isMobile: true },
  },
] satisfies { device: string; name: string; options: BrowserContextOptions }[])(
  "on $device axe objects to nothing in the picture, and nothing is wider than the window",
  async ({ options, name }) => {
    const [ada] = await people.friends("Ada", "Ben");
    if (ada === undefined) throw new Error("nobody joined");
    await people.post(ada, "For the picture");
    const reader = await open(options);
    const picture = await pictureOf(reader);
    await picture.getByText(/p99/).first().waitFor();
    expect(await violations(reader)).toEqual([]);
    const wide = await clipped(reader, ".fan-out *");
    expect(await overhang(reader), wide.join("\n")).toBeLessThanOrEqual(0);
    const folder = process.env["PICTURES"];
    if (folder !== undefined) await picture.screenshot({ path: `${folder}/fan-out-${name}.png` });
  },
);
