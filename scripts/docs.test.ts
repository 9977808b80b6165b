import { execa } from "execa";
import { copyFile, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { queueNames, readWranglerConfig } from "./wrangler-config.ts";

/** The last cell of a row: a test file and a title in it, or a file. */
const TEST_CELL = /\| `([^`]+\.ts)` "([^"]+)"\s+\|$/gm;
const FILE_CELL = /\| `([^`]+)`\s+\|$/gm;

test("docs/invariants.md names a test that exists for every rule", async () => {
  const text = await readFile("docs/invariants.md", "utf8");
  const named = [...text.matchAll(TEST_CELL)];
  const rules = text.split("\n").filter((line) => /^\| [a-z]/.test(line)).length - 1;
  expect(named).toHaveLength(rules);
  for (const [, file = "", title = ""] of named) {
    expect(await readFile(file, "utf8"), `${file} has a test titled so`).toContain(title);
  }
});

test("docs/threat-model.md names a test that exists for everything that stops somebody", async () => {
  const text = await readFile("docs/threat-model.md", "utf8");
  const named = [...text.matchAll(TEST_CELL)];
  const rows = text.split("\n").filter((line) => line.startsWith("| ")).length - 2;
  expect(named).toHaveLength(rows);
  for (const [, file = "", title = ""] of named) {
    expect(await readFile(file, "utf8"), `${file} has a test titled so`).toContain(title);
  }
});

test("wrangler.toml keeps the platform from logging requests with their headers", async () => {
  const config = await readFile("wrangler.toml", "utf8");
  const logs = config.split("[observability.logs]")[1]?.split("\n[")[0];
  expect(logs).toContain("invocation_logs = false");
});

test("docs/glossary.md names a file that exists for every term", async () => {
  const text = await readFile("docs/glossary.md", "utf8");
  const files = [...text.matchAll(FILE_CELL)].map(([, file = ""]) => file);
  expect(files.length).toBeGreaterThan(30);
  for (const file of files) expect(await readFile(file, "utf8"), file).not.toBe("");
});

/** A path of a file or a folder of this repository, in backticks. */
const NAMED_PATH =
  /`((?:workers|durable-objects|db|feed|web|test|scripts|lint|bench)\/[\w./-]*[\w/])`/g;

test("every path that a document names exists", async () => {
  const documents = (await readdir("docs", { recursive: true }))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  const named: string[] = [];
  for (const document of [
    "README.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "test/README.md",
    ...documents,
  ]) {
    const text = await readFile(document, "utf8");
    for (const [, path = ""] of text.matchAll(NAMED_PATH)) {
      named.push(path);
      await expect(stat(path), `${path} in ${document}`).resolves.toBeDefined();
    }
  }
  expect(named.length).toBeGreaterThan(50);
});

/** Everything of a configuration that an account has once: names of resources, and counters of rates. */
async function ownNames(path: string): Promise<string[]> {
  const config = readWranglerConfig(path);
  const databases = config.d1_databases.map(({ database_name: name }) => name);
  const text = await readFile(path, "utf8");
  const others = [...text.matchAll(/^(?:namespace_id|dataset|bucket_name) = "(.*)"$/gm)];
  return [config.name, ...databases, ...queueNames(config), ...others.map(([, name = ""]) => name)];
}

test("the command of docs/adopt.md for a second instance gives it names of its own", async () => {
  const [, command = ""] =
    /^(sed .*) wrangler\.toml$/m.exec(await readFile("docs/adopt.md", "utf8")) ?? [];
  const folder = await mkdtemp(join(tmpdir(), "skein-second-"));
  try {
    await copyFile("wrangler.toml", join(folder, "wrangler.toml"));
    await execa(`${command} wrangler.toml`, { shell: true, cwd: folder });
    const [first, second] = await Promise.all(
      ["wrangler.toml", join(folder, "wrangler.toml")].map((path) => ownNames(path)),
    );
    expect(second).toHaveLength(first?.length ?? 0);
    expect(second?.length).toBeGreaterThan(10);
    expect(second?.filter((name) => first?.includes(name))).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
