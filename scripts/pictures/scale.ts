/** The pictures of the scale model's page, light and dark. */
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { ROOT } from "../project.ts";
import { readInputs } from "../scale/inputs.ts";
import { pageOf } from "../scale/page.ts";
import { runModel } from "../scale/result.ts";

const VIEWPORT = { width: 1280, height: 1180 };

/** Runs the model and takes its charts. */
export async function takeScale(browser: Browser): Promise<void> {
  const inputs = await readInputs();
  const request = { store: "d1", shards: null, outages: [], seed: 1 } as const;
  const html = pageOf(
    inputs,
    runModel(inputs, request, () => undefined),
  );
  for (const [name, colorScheme] of [
    ["scale", "light"],
    ["scale-dark", "dark"],
  ] as const) {
    const context = await browser.newContext({ viewport: VIEWPORT, colorScheme });
    const page = await context.newPage();
    await page.setContent(html);
    await page.screenshot({ path: join(ROOT, "docs", `${name}.png`) });
    console.log(`docs/${name}.png`);
    await context.close();
  }
}
