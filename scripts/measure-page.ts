/**
 * `npm run page:measure`: size and speed of the page, in a temporary Skein on this machine. It measures
 * the script of the first load; the time to the first post of a signed-in reader, with an empty cache
 * and on a second visit; and the tasks over 50 ms during a scroll through a thousand posts.
 */
import { randomUUID } from "node:crypto";
import { gzipSync } from "node:zlib";
import pMap from "p-map";
import type { Browser, Page } from "playwright-core";
import { z } from "zod";
import { orThrow } from "../client/src/errors.ts";
import type { Session, Skein } from "../client/src/skein-client.ts";
import { launchChromium } from "./browser/chromium.ts";
import { withOwnSkein } from "./browser/own-skein.ts";
import { runCommand } from "./project.ts";

const POSTS = 1_200;
const SCROLLED_POSTS = 1_000;
/** Loads per figure, which is their median. */
const LOADS = 9;
const POSTS_AT_ONCE = 16;
/** A quick scroll: about three screens a second. */
const WHEEL_PX = 180;
const WHEEL_EVERY_MS = 60;
const DESKTOP = { viewport: { width: 1280, height: 900 } };

const measuredSchema = z.object({
  longTasksMs: z.array(z.number()),
  frames: z.number(),
  slowFrames: z.number(),
  tookMs: z.number(),
});

await runCommand(() =>
  withOwnSkein("npm run page:measure", async (address, client) => {
    const reader = await fill(client);
    const browser = await launchChromium();
    try {
      const cold: number[] = [];
      const warm: number[] = [];
      let script = { bytes: 0, files: 0 };
      for (let load = 0; load < LOADS; load++) {
        const page = await signedIn(browser, address, reader);
        const loaded = scriptsOf(page);
        cold.push(await firstPostMs(page, address));
        script = await loaded();
        warm.push(await firstPostMs(page, address));
        await page.context().close();
      }
      const page = await signedIn(browser, address, reader);
      await firstPostMs(page, address);
      const { longTasksMs, frames, slowFrames, tookMs } = await scrolled(page);
      say("script of the first load, gzipped", `${(script.bytes / 1024).toFixed(1)} KiB`);
      say("first post, empty cache (median)", `${median(cold)} ms`);
      say("first post, second visit (median)", `${median(warm)} ms`);
      say(`posts scrolled through`, `${SCROLLED_POSTS} in ${(tookMs / 1000).toFixed(1)} s`);
      say("tasks over 50 ms meanwhile", describe(longTasksMs));
      say("frames over 50 ms meanwhile", `${slowFrames} of ${frames}`);
    } finally {
      await browser.close();
    }
  }),
);

function say(what: string, figure: string): void {
  console.log(`${what.padEnd(38)}${figure}`);
}

function describe(longTasksMs: readonly number[]): string {
  if (longTasksMs.length === 0) return "none";
  return `${longTasksMs.length}, the longest ${Math.round(Math.max(...longTasksMs))} ms`;
}

function median(values: readonly number[]): number {
  return Math.round(values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0);
}

/** Makes a reader who follows an author of many posts. */
async function fill(client: Skein): Promise<Session> {
  const password = randomUUID();
  const [author, reader] = await Promise.all(
    ["author", "reader"].map(async (handle) =>
      orThrow(await client.createAccount({ handle, password, name: handle })),
    ),
  );
  if (author === undefined || reader === undefined) throw new Error("nobody joined");
  const numbers = Array.from({ length: POSTS }, (_, n) => n);
  await pMap(
    numbers,
    async (n) => {
      const text = `Number ${n}. ${"Some more words to read. ".repeat(n % 9)}`;
      return orThrow(await client.as(author.token).createPost({ text }));
    },
    { concurrency: POSTS_AT_ONCE },
  );
  orThrow(await client.as(reader.token).followUser("@author"));
  return reader;
}

async function signedIn(browser: Browser, address: string, session: Session): Promise<Page> {
  const context = await browser.newContext({
    ...DESKTOP,
    storageState: {
      cookies: [],
      origins: [
        {
          origin: new URL(address).origin,
          localStorage: [{ name: "skein.session", value: JSON.stringify(session) }],
        },
      ],
    },
  });
  return context.newPage();
}

/** Counts the bytes of the scripts that a page loads from now on. */
function scriptsOf(page: Page): () => Promise<{ bytes: number; files: number }> {
  const scripts: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (response.request().resourceType() === "script") scripts.push(response.body());
  });
  return async () => {
    const bodies = await Promise.all(scripts);
    const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
    return { bytes, files: bodies.length };
  };
}

/** The time from the navigation until the document has a post, in milliseconds. */
async function firstPostMs(page: Page, address: string): Promise<number> {
  await page.addInitScript(`
    new MutationObserver((_, observer) => {
      if (document.querySelector("article") === null) return;
      globalThis.firstPostMs = performance.now();
      observer.disconnect();
    }).observe(document, { childList: true, subtree: true });
  `);
  await page.goto(`${address}/latest`);
  await page.locator("article").first().waitFor();
  return page.evaluate<number>("globalThis.firstPostMs");
}

/** Scrolls quickly through the list with the wheel. */
async function scrolled(page: Page): Promise<z.infer<typeof measuredSchema>> {
  await page.evaluate(`
    globalThis.measured = { longTasksMs: [], frames: 0, slowFrames: 0, tookMs: 0 };
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) measured.longTasksMs.push(entry.duration);
    }).observe({ type: "longtask" });
    globalThis.began = performance.now();
    let last = began;
    requestAnimationFrame(function frame(now) {
      measured.frames++;
      if (now - last > 50) measured.slowFrames++;
      last = now;
      requestAnimationFrame(frame);
    });
    const furthest = () => Math.max(0, ...[...document.querySelectorAll("article")]
      .filter((article) => article.getBoundingClientRect().top < innerHeight)
      .map((article) => Number(article.getAttribute("aria-posinset"))));
    globalThis.furthest = furthest;
    undefined;
  `);
  await page.mouse.move(640, 450);
  while ((await page.evaluate<number>("furthest()")) < SCROLLED_POSTS) {
    for (let turn = 0; turn < 10; turn++) {
      await page.mouse.wheel(0, WHEEL_PX);
      await page.waitForTimeout(WHEEL_EVERY_MS);
    }
  }
  const measured = "Object.assign(measured, { tookMs: performance.now() - began })";
  return measuredSchema.parse(await page.evaluate(measured));
}
