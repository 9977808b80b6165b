import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { addMissingSecrets, readDevVars } from "./secrets.ts";

let path: string;
beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), "skein-secrets-test-"));
  path = join(folder, ".dev.vars");
  return () => rm(folder, { recursive: true, force: true });
});

test("a first start makes a key of 32 bytes and a token, in a file that only its owner can read", async () => {
  expect(await addMissingSecrets(path)).toEqual(["SIGNING_KEY", "ADMIN_TOKEN"]);
  const { SIGNING_KEY = "", ADMIN_TOKEN = "" } = await readDevVars(path);
  expect(Buffer.from(SIGNING_KEY, "base64")).toHaveLength(32);
  expect(ADMIN_TOKEN.length).toBeGreaterThanOrEqual(32);
  expect((await stat(path)).mode & 0o077).toBe(0);
});

test("a second start changes no secret", async () => {
  await addMissingSecrets(path);
  const before = await readFile(path, "utf8");
  expect(await addMissingSecrets(path)).toEqual([]);
  expect(await readFile(path, "utf8")).toBe(before);
});

test("existing secrets stay, even empty ones, and only missing secrets are added", async () => {
  await writeFile(path, "ADMIN_TOKEN=\nMINE=1");
  expect(await addMissingSecrets(path)).toEqual(["SIGNING_KEY"]);
  expect(await readDevVars(path)).toMatchObject({ ADMIN_TOKEN: "", MINE: "1" });
  expect(await readFile(path, "utf8")).toMatch(/^ADMIN_TOKEN=\nMINE=1\nSIGNING_KEY="/);
});
