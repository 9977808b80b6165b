import type { BrowserContextOptions } from "playwright-core";
import { expect, inject, test } from "vitest";
import { orThrow, SkeinAdministration } from "../../client/src/skein-client.ts";
import { overhang, violations } from "./axe.ts";
import { People } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";
import { eventually } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();

const CHARTS = [
  "Posts",
  "Deliveries",
  "Delivery lag",
  "Backlog",
  "Dead letters",
  "Timeline pages",
  "Cache hits",
];

async function enter(reader: Reader, token = inject("adminToken")): Promise<void> {
  await reader.page.getByLabel("ADMIN_TOKEN").fill(token);
  await reader.page.getByRole("button", { name: "Show the figures" }).click();
}

/** What a chart's image says of now, by line. */
async function saidBy(reader: Reader, chart: string): Promise<string> {
  const image = reader.page.getByRole("img", { name: new RegExp(`^${chart} over time`) });
  return (await image.getAttribute("aria-label")) ?? "";
}

/** The last figure of a line, as its chart says it; 0 if it says none. */
async function figure(reader: Reader, chart: string, line: string): Promise<number> {
  const said = await saidBy(reader, chart);
  return Number(new RegExp(`${line} ([\\d.]+)`).exec(said)?.[1] ?? 0);
}

test("an administrator sees figures that move as people post and read", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  const reader = await open();
  const { page } = reader;
  await reader.go("/ops");
  await page.getByRole("heading", { name: "Operations", level: 1 }).waitFor();
  await enter(reader);
  for (const title of CHARTS) {
    await page.getByRole("heading", { name: title, exact: true }).waitFor();
  }
  let n = 0;
  const act = async (): Promise<void> => {
    await people.post(ada, `For the figures ${n++}`);
    await people.timeline(ben);
  };
  await eventually(async () => {
    await act();
    expect(await figure(reader, "Posts", "Posts")).toBeGreaterThan(0);
    expect(await figure(reader, "Deliveries", "Delivered")).toBeGreaterThan(0);
    expect(await saidBy(reader, "Delivery lag")).toMatch(/p50 [\d.]+ m?s, p99 [\d.]+ m?s/);
    expect(await saidBy(reader, "Timeline pages")).toMatch(/home [\d.]+ m?s/);
    expect(await figure(reader, "Cache hits", "Pages from hot windows")).toBeGreaterThan(0);
  });
  // The sweep counts what waits.
  await eventually(async () => {
    expect(await saidBy(reader, "Dead letters")).toContain("Dead letters 0");
    expect(await saidBy(reader, "Backlog")).toMatch(/Outbox rows \d+, Queued messages \d+/);
  });
  // The same in a table, for whoever does not see lines.
  await page.getByText("Posts in figures").click();
  const table = page.getByRole("region", { name: "Table: Posts" });
  expect(await table.getByRole("row").count()).toBeGreaterThan(1);
  // And they come to rest when nobody does anything.
  await eventually(async () => expect(await figure(reader, "Posts", "Posts")).toBe(0));
});

test("an administrator sees what administrators did, and with whose token", async () => {
  const ada = await people.join("Ada");
  const address = inject("address");
  const root = new SkeinAdministration({ url: address, token: inject("adminToken") });
  const { key, token } = orThrow(await root.createAdminKey({ name: "a tool", scopes: ["mint"] }));
  const tool = new SkeinAdministration({ url: address, token });
  orThrow(await tool.mintToken(ada.handle));
  const reader = await open();
  await reader.go("/ops");
  await enter(reader);
  const uses = reader.page.getByRole("region", { name: "Uses" });
  const row = uses.getByRole("row").filter({ hasText: ada.user.id });
  await row.waitFor();
  expect(await row.textContent()).toContain(`key ${key.id}`);
  expect(await row.textContent()).toContain("POST /v1/admin/tokens");
  expect(await violations(reader)).toEqual([]);
});

test("a wrong token is refused with a message, and the right one lasts as long as the tab", async () => {
  const reader = await open();
  const { page } = reader;
  reader.allow(/status of 401.*\/v1\/admin\/figures/);
  await reader.go("/ops");
  await page.getByRole("button", { name: "Show the figures" }).click();
  await page.getByText("Type the token first.").waitFor();
  await enter(reader, "not the token");
  await page.getByText("That is not the ADMIN_TOKEN of this Skein.").waitFor();
  await enter(reader);
  await page.getByRole("heading", { name: "Posts", exact: true }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Posts", exact: true }).waitFor();
  expect(await page.evaluate("localStorage.length")).toBe(0);
  await page.getByRole("button", { name: "Forget the token" }).click();
  await page.getByLabel("ADMIN_TOKEN").waitFor();
  await page.reload();
  await page.getByLabel("ADMIN_TOKEN").waitFor();
});

test("figures stay when no answer comes, and go on when one does", async () => {
  const reader = await open();
  const { page } = reader;
  await reader.go("/ops");
  await enter(reader);
  await page.getByRole("heading", { name: "Posts", exact: true }).waitFor();
  reader.allow(/ERR_INTERNET_DISCONNECTED/);
  await page.context().setOffline(true);
  await page.getByText("Trying again; the figures below are older.").waitFor();
  expect(await page.getByRole("heading", { name: "Posts", exact: true }).isVisible()).toBe(true);
  await page.context().setOffline(false);
  await page.getByText("Trying again").waitFor({ state: "detached" });
});

test.for([
  { device: "a desktop, light", options: { colorScheme: "light" } },
  {
    device: "a phone, dark",
    options: {
      colorScheme: "dark",
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    },
  },
] satisfies { device: string; options: BrowserContextOptions }[])(
  "on $device axe objects to nothing, and nothing is wider than the window",
  async ({ options }) => {
    const reader = await open(options);
    const { page } = reader;
    await reader.go("/ops");
    await page.getByLabel("ADMIN_TOKEN").waitFor();
    expect(await violations(reader), "the form").toEqual([]);
    await enter(reader);
    await page
      .locator("canvas")
      .nth(CHARTS.length - 1)
      .waitFor();
    for (const title of CHARTS) await page.getByText(`${title} in figures`).click();
    expect(await violations(reader), "the charts").toEqual([]);
    expect(await overhang(reader)).toBeLessThanOrEqual(0);
    // Lines are drawn in the theme's own colours.
    const line =
      "getComputedStyle(document.querySelector('.operations')).getPropertyValue('--line-1')";
    const dark = "colorScheme" in options && options.colorScheme === "dark";
    expect(String(await page.evaluate(line)).trim()).toBe(dark ? "#8fbdec" : "#2b5c8f");
  },
);
