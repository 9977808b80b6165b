/** Once for all tests in a browser: the built page, and the Worker as a client sees it. */
import type { TestProject } from "vitest/node";
import { chromiumPath } from "../../scripts/browser/chromium.ts";
import { bringPageUpToDate } from "../../scripts/page.ts";

import { startServer } from "../outside/server.ts";

/** Cron comes once a minute in production. */
const CRON_EVERY_MS = 5_000;

declare module "vitest" {
  interface ProvidedContext {
    /** Origin of the running Worker. */
    address: string;
    /** Its ADMIN_TOKEN. */
    adminToken: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // First, for it is the quickest to say no.
  chromiumPath();
  await bringPageUpToDate();
  const server = await startServer();
  project.provide("address", server.url.origin);
  project.provide("adminToken", server.adminToken);
  await server.sweep();
  const cron = setInterval(() => void server.sweep(), CRON_EVERY_MS);
  return async () => {
    clearInterval(cron);
    await server.close();
  };
}
