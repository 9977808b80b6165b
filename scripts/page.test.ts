import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { pageIsStale } from "./page.ts";

const EARLY = new Date("2026-01-01T00:00:00Z");
const BUILT = new Date("2026-01-02T00:00:00Z");
const LATE = new Date("2026-01-03T00:00:00Z");

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "skein-page-test-"));
  await mkdir(join(root, "web/src"), { recursive: true });
  await mkdir(join(root, "web/dist"));
  await mkdir(join(root, "feed"));
  for (const file of ["web/src/page.tsx", "feed/wire.ts"]) await writeFile(join(root, file), "");
  return () => rm(root, { recursive: true, force: true });
});

async function build(): Promise<void> {
  await writeFile(join(root, "web/dist/index.html"), "");
  await touch("web/dist/index.html", BUILT);
  const sources = ["web/src/page.tsx", "feed/wire.ts", "web/src", "web", "feed"];
  for (const source of sources) await touch(source, EARLY);
}

const touch = (path: string, time: Date) => utimes(join(root, path), time, time);

test("an unbuilt page is stale", async () => {
  expect(await pageIsStale(root)).toBe(true);
});

test("a page newer than its sources is not stale, whatever other files its folder has", async () => {
  await build();
  await touch("web/dist", LATE);
  expect(await pageIsStale(root)).toBe(false);
});

test.for(["web/src/page.tsx", "feed/wire.ts", "web/src"])(
  "a change of %s makes the page stale",
  async (path) => {
    await build();
    await touch(path, LATE);
    expect(await pageIsStale(root)).toBe(true);
  },
);
