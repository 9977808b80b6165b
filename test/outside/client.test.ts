/** The built client keeps its promises against the built Worker, in Node and inside workerd. */
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleConformance } from "../../client/test/bundle.ts";
import { conformance, type Outcome } from "../../client/test/conformance.ts";
import type { Subject } from "../../client/test/stage.ts";
import { buildClient, CLIENT_MAX_KIB } from "../../client/package.ts";
import { type Server, startServer } from "./server.ts";

const TEST_TIMEOUT_MS = 180_000;

let server: Server;
let folder: string;
let kib: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-client-"));
  [kib, server] = await Promise.all([buildClient(folder), startServer()]);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

function expectAll(outcomes: readonly Outcome[]): void {
  expect(outcomes.filter(({ fault }) => fault !== null)).toEqual([]);
  expect(outcomes.length).toBeGreaterThan(15);
}

it("the built client is within its budget, and imports nothing", async () => {
  expect(kib).toBeLessThanOrEqual(CLIENT_MAX_KIB);
  const code = await readFile(join(folder, "skein-client.js"), "utf8");
  expect(code).not.toMatch(/^import\b|\bimport\(|\brequire\(/m);
});

it(
  "the built client keeps its promises in Node",
  async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was built from the module of that type
    const client = (await import(
      pathToFileURL(join(folder, "skein-client.js")).href
    )) as Subject["client"];
    const { url, adminToken } = server;
    expectAll(await conformance({ client, url: url.origin, adminToken }));
  },
  TEST_TIMEOUT_MS,
);

it(
  "the built client keeps its promises inside workerd",
  async () => {
    const miniflare = new Miniflare(
      convertV4MiniflareOptions({
        modules: true,
        script: await bundleConformance("worker", folder),
        compatibilityDate: "2026-10-01",
      }),
    );
    try {
      const answer = await miniflare.dispatchFetch("http://conformance.test", {
        method: "POST",
        body: JSON.stringify({ url: server.url.origin, adminToken: server.adminToken }),
      });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the Worker of bundle.ts answers
      expectAll((await answer.json()) as Outcome[]);
    } finally {
      await miniflare.dispose();
    }
  },
  TEST_TIMEOUT_MS,
);
