/** Pictures of the operations page, light and dark, of a busy Skein. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { CommandError, ROOT } from "../project.ts";
import { orThrow } from "../../client/src/errors.ts";
import type { Skein } from "../../client/src/skein-client.ts";
import { passwordOf, PEOPLE, signedIn, VIEWER } from "./scene.ts";

const DESKTOP = { viewport: { width: 1440, height: 1180 } };
/** How long the Skein is busy before the pictures, so that the charts have a past. */
const LASTS_MS = 90_000;
/** Pauses between actions, in turn, so that the load comes in waves. */
const PAUSES_MS = [400, 250, 150, 80, 40, 80, 150, 250, 600, 900];
const EACH_PAUSE_TIMES = 12;
const POST_EVERY = 3;

/** Takes `docs/ops.png` and `docs/ops-dark.png` while the viewer posts and reads. */
export async function takeOperations(
  browser: Browser,
  address: string,
  { client, adminToken }: { client: Skein; adminToken: string | null },
): Promise<void> {
  if (adminToken === null) throw new CommandError("The operations page needs an ADMIN_TOKEN.");
  const pages = await Promise.all(
    (["light", "dark"] as const).map(async (scheme) => {
      const context = await browser.newContext({ ...DESKTOP, colorScheme: scheme });
      const page = await context.newPage();
      await open(page, address, adminToken);
      return { page, name: scheme === "light" ? "ops" : "ops-dark" };
    }),
  );
  await liven(client);
  for (const { page, name } of pages) {
    await page.bringToFront();
    await page.screenshot({ path: join(ROOT, "docs", `${name}.png`), caret: "hide" });
    console.log(`docs/${name}.png`);
    await page.context().close();
  }
}

async function open(page: Page, address: string, adminToken: string): Promise<void> {
  await page.goto(`${address}/ops`);
  await page.getByLabel("ADMIN_TOKEN").fill(adminToken);
  await page.getByRole("button", { name: "Show the figures" }).click();
  await page.locator("canvas").first().waitFor();
}

/** The viewer posts and reads, in waves. */
async function liven(client: Skein): Promise<void> {
  const viewer = await signedIn(client, VIEWER.handle, VIEWER.password);
  // Fan-out delivers nothing to accounts that have never read.
  for (const [handle] of PEOPLE) {
    orThrow(await (await signedIn(client, handle, passwordOf(handle))).readTimeline().page());
  }
  const endMs = Date.now() + LASTS_MS;
  for (let n = 0; Date.now() < endMs; n++) {
    if (n % POST_EVERY === 0) orThrow(await viewer.createPost({ text: `Number ${n}` }));
    else orThrow(await viewer.readTimeline({ order: "latest" }).page());
    await sleep(PAUSES_MS[Math.floor(n / EACH_PAUSE_TIMES) % PAUSES_MS.length] ?? 0);
  }
}
