import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { chromiumPath } from "./chromium.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-chromium-test-"));
  return () => rm(folder, { recursive: true, force: true });
});

async function program(name: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, "");
  await chmod(path, 0o755);
  return path;
}

test("CHROMIUM names the Chromium to use, also when the path has another", async () => {
  await program("chromium");
  const named = await program("mine");
  expect(chromiumPath({ CHROMIUM: named, PATH: folder })).toBe(named);
});

test("a Chromium on the path is found", async () => {
  const path = await program("chromium-browser");
  expect(chromiumPath({ PATH: folder })).toBe(path);
});

test("without a Chromium the error says how to get one", () => {
  expect(() => chromiumPath({ CHROMIUM: join(folder, "none") })).toThrow(/which is not a program/);
});
