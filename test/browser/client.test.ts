/** The built client keeps its promises against the built Worker, in Chromium. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, it } from "vitest";
import { bundleConformance } from "../../client/test/bundle.ts";
import { buildClient } from "../../client/package.ts";
import type { Outcome } from "../../client/test/conformance.ts";
import { launchChromium } from "../../scripts/browser/chromium.ts";

it("the built client keeps its promises in Chromium", async () => {
  const folder = await mkdtemp(join(tmpdir(), "skein-client-"));
  const browser = await launchChromium();
  try {
    await buildClient(folder);
    const page = await browser.newPage();
    // An address of the same origin whose answer has no content security policy.
    await page.goto(`${inject("address")}/healthz`);
    await page.addScriptTag({ content: await bundleConformance("page", folder), type: "module" });
    const subject = { url: inject("address"), adminToken: inject("adminToken") };
    const run = `conformance(${JSON.stringify(subject.url)}, ${JSON.stringify(subject.adminToken)})`;
    const outcomes = await page.evaluate<Outcome[]>(run);
    expect(outcomes.filter(({ fault }) => fault !== null)).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(15);
  } finally {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  }
});
