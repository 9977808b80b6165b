import { expect, test } from "vitest";
import { lineFilter } from "./output.ts";

/** What wrangler 4.155.0 prints when it starts a Worker with a cron trigger. */
const STARTING = `Using secrets defined in .dev.vars
Your Worker has access to the following bindings:
Binding                                  Resource            Mode
env.DB_0 (skein-0)                       D1 Database         local

⎔ Starting local server...
▲ [WARNING] Scheduled Workers are not automatically triggered during local development.

  To manually trigger a scheduled event, run:
    curl "http://localhost:8787/cdn-cgi/local/scheduled"
  For more details, see https://developers.cloudflare.com/workers/

⎔ Connection status updated
[wrangler:info] Ready on http://localhost:8787
[wrangler:info] GET /healthz 200 OK (8ms)

✘ [ERROR] Uncaught Error: something of ours
    at index.ts:1:1`;

function shown(text: string): string {
  const wanted = lineFilter();
  return text
    .split("\n")
    .filter((line) => wanted(line))
    .join("\n");
}

test("requests, errors and stacks are shown, and wrangler's start messages are not", () => {
  expect(shown(STARTING)).toBe(`[wrangler:info] GET /healthz 200 OK (8ms)

✘ [ERROR] Uncaught Error: something of ours
    at index.ts:1:1`);
});

test("colours make no difference", () => {
  expect(shown("\u001b[31m⎔ Starting local server...\u001b[0m\n\u001b[31mshown\u001b[0m")).toBe(
    "\u001b[31mshown\u001b[0m",
  );
});
