/**
 * The icons of the installed page, drawn from its `favicon.svg`: with round corners, and maskable ones, which a
 * phone cuts to its own shape: their ground reaches the edge, and the drawing stays within the middle 80 %.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { ROOT } from "../project.ts";

const PUBLIC = join(ROOT, "web/public");
const SIZES = [192, 512];
/** The corners of the drawing's ground, and the drawing's own square. */
const ROUND = 'rx="8"';
const SQUARE = 'viewBox="0 0 32 32"';
/** A wider square, of which the drawing is the middle 80 %. */
const WIDER = 'viewBox="-4 -4 40 40"';
const GROUND = '<rect width="32" height="32"';
const WIDER_GROUND = '<rect x="-4" y="-4" width="40" height="40"';

/** Writes `web/public/icon-*.png`. */
export async function drawIcons(browser: Browser): Promise<void> {
  const round = await readFile(join(PUBLIC, "favicon.svg"), "utf8");
  const maskable = round.replace(ROUND, "").replace(SQUARE, WIDER).replace(GROUND, WIDER_GROUND);
  for (const size of SIZES) {
    await draw(browser, round, `icon-${size}.png`, size);
    await draw(browser, maskable, `icon-maskable-${size}.png`, size);
  }
}

async function draw(browser: Browser, svg: string, name: string, size: number): Promise<void> {
  const context = await browser.newContext({ viewport: { width: size, height: size } });
  const page = await context.newPage();
  await page.setContent(
    `<style>html, body { margin: 0; background: transparent } svg { display: block; width: 100vw }</style>${svg}`,
  );
  await page.screenshot({ path: join(PUBLIC, name), omitBackground: true });
  console.log(`web/public/${name}`);
  await context.close();
}
