/**
 * `npm run pictures` takes the pictures of the page in docs/: home, a profile, a post and the operations
 * page, light and dark, home on a phone, and the page of the scale model; `-- scale` takes that one alone, and
 * `-- icons` draws the icons of the installed page.
 * It needs a Chromium: scripts/browser/chromium.ts.
 */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { launchChromium } from "./browser/chromium.ts";
import { withOwnSkein } from "./browser/own-skein.ts";
import { isComplete, makeScene, type Scene, VIEWER } from "./pictures/scene.ts";
import { drawIcons } from "./pictures/icons.ts";
import { takeOperations } from "./pictures/operations.ts";
import { takeScale } from "./pictures/scale.ts";
import { CommandError, ROOT, runCommand } from "./project.ts";

const POLL_MS = 200;
const COMPLETE_WITHIN_MS = 60_000;
const DESKTOP = { viewport: { width: 1280, height: 860 } };
const PHONE = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };

/** A picture: its name in docs/, its page, and its device. */
interface Picture {
  name: string;
  path: (scene: Scene) => string;
  scheme: "light" | "dark";
  device: BrowserContextOptions;
}

const VIEWS = [
  ["home", () => "/latest"],
  ["profile", ({ profile }: Scene) => `/@${profile}`],
  ["post", ({ postId }: Scene) => `/post/${postId}`],
] as const;

const PICTURES: readonly Picture[] = [
  ...VIEWS.flatMap(([name, path]) =>
    (["light", "dark"] as const).map((scheme) => ({
      name: scheme === "light" ? name : `${name}-dark`,
      path,
      scheme,
      device: DESKTOP,
    })),
  ),
  { name: "home-phone", path: () => "/latest", scheme: "light", device: PHONE },
  { name: "home-phone-dark", path: () => "/latest", scheme: "dark", device: PHONE },
];

/** What one argument takes alone, without a Skein. */
const ALONE: ReadonlyMap<string, (browser: Browser) => Promise<void>> = new Map([
  ["scale", takeScale],
  ["icons", drawIcons],
]);

await runCommand(() => {
  const alone = ALONE.get(process.argv[2] ?? "");
  return alone === undefined ? takeAll() : inBrowser(alone);
});

async function inBrowser(work: (browser: Browser) => Promise<void>): Promise<void> {
  const browser = await launchChromium();
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

function takeAll(): Promise<void> {
  return withOwnSkein("npm run pictures", async (address, client, adminToken) => {
    const scene = await makeScene(client);
    const deadline = Date.now() + COMPLETE_WITHIN_MS;
    while (!(await isComplete(client, scene))) {
      if (Date.now() > deadline) throw new CommandError("The posts do not arrive.");
      await sleep(POLL_MS);
    }
    const browser = await launchChromium();
    try {
      for (const picture of PICTURES) await take(browser, address, scene, picture);
      await takeOperations(browser, address, { client, adminToken });
      await takeScale(browser);
    } finally {
      await browser.close();
    }
  });
}

async function take(
  browser: Browser,
  address: string,
  scene: Scene,
  { name, path, scheme, device }: Picture,
): Promise<void> {
  const context = await browser.newContext({ ...device, colorScheme: scheme });
  const page = await context.newPage();
  await signIn(page, address);
  await page.goto(address + path(scene));
  await page.locator("article").first().waitFor();
  await page.locator(".connection[data-state=live]").waitFor();
  await page.waitForLoadState("networkidle");
  await page.mouse.move(0, 0);
  const file = join(ROOT, "docs", `${name}.png`);
  await page.screenshot({ path: file, animations: "disabled", caret: "hide" });
  console.log(`docs/${name}.png`);
  await context.close();
}

async function signIn(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.getByLabel("Handle", { exact: true }).fill(VIEWER.handle);
  await page.getByLabel("Password").fill(VIEWER.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("button", { name: "New post" }).waitFor();
}
