import { execa } from "execa";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseModel } from "../../feed/rank/model-document.ts";

let folder: string;
let log: string;
let model: string;

/** Each command starts a Node, and some of them train; a slow machine may take ten times as long. */
const TIMEOUT_MS = 60_000;

async function run(script: string, flags: Record<string, string>) {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const { exitCode, all } = await execa(
    process.execPath,
    [join(import.meta.dirname, `../${script}.ts`), ...args],
    { reject: false, all: true },
  );
  return { exitCode, said: all };
}

/** The log with some of its lines replaced. */
async function logWith(bad: Record<number, string>): Promise<string> {
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
  const file = join(folder, `bad-${Object.keys(bad).length}.jsonl`);
  await writeFile(file, lines.map((line, n) => bad[n + 1] ?? line).join("\n"));
  return file;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-rank-"));
  log = join(folder, "log.jsonl");
  model = join(folder, "model.json");
  const simulated = { out: log, truth: join(folder, "truth.jsonl"), viewers: "15", pages: "12" };
  const { exitCode, said } = await run("rank-simulate", simulated);
  if (exitCode !== 0) throw new Error(said);
}, TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("npm run train", () => {
  it(
    "trains on a log with a few invalid lines, and names these lines",
    async () => {
      const cut = (await readFile(log, "utf8")).slice(0, 100);
      const file = await logWith({ 3: cut, 8: '{"v":9}', 20: '{"v":1,"items":[]}' });
      const { exitCode, said } = await run("train", { log: file, out: model, epochs: "2" });
      expect(said).toContain(`${file}:3: skipped: it is not JSON (was it cut off?)`);
      expect(said).toContain(`${file}:8: skipped: its version "v" is 9, and this code reads 1`);
      expect(said).toMatch(/:20: skipped: \w+/);
      expect(said).toContain("3 of 180 lines");
      expect(exitCode, said).toBe(0);
      expect(parseModel(await readFile(model, "utf8"))).toMatchObject({ ok: true });
    },
    TIMEOUT_MS,
  );

  it(
    "refuses a log with too many invalid lines, and accepts it with --max-bad",
    async () => {
      const lines = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [n + 1, "oops"]));
      const file = await logWith(lines);
      const out = join(folder, "none.json");
      const refused = await run("train", { log: file, out });
      expect(refused.exitCode).toBe(1);
      expect(refused.said).toContain(`${file}:10: skipped`);
      expect(refused.said).toContain("… and 5 more bad lines.");
      expect(refused.said).toContain("--max-bad 0.5 accepts half");
      await expect(readFile(out)).rejects.toThrow("ENOENT");
      const allowed = await run("train", { log: file, out, epochs: "1", "max-bad": "0.5" });
      expect(allowed).toMatchObject({ exitCode: 0 });
    },
    TIMEOUT_MS,
  );

  it.each([
    [{}, "Usage: npm run train"],
    [
      { log: "/nowhere.jsonl", out: "x.json" },
      "/nowhere.jsonl does not exist. `npm run rank:simulate",
    ],
    [{ log: "a", out: "b", hidden: "9000" }, "--hidden is a whole number from 1 to 128, not 9000"],
    [{ lgo: "a" }, "Flags: --log, --out"],
  ])(
    "names the fault of the flags %j, without a stack",
    async (flags, message) => {
      const { exitCode, said } = await run("train", flags);
      expect(exitCode).toBe(1);
      expect(said).toContain(message);
      expect(said).not.toContain("    at ");
    },
    TIMEOUT_MS,
  );

  it(
    "refuses a log with too few examples",
    async () => {
      const [first = ""] = (await readFile(log, "utf8")).split("\n");
      const file = join(folder, "one.jsonl");
      await writeFile(file, first);
      const { exitCode, said } = await run("train", { log: file, out: join(folder, "one.json") });
      expect(exitCode).toBe(1);
      expect(said).toContain("too few to train on");
    },
    TIMEOUT_MS,
  );
});

describe("npm run rank:eval", () => {
  it(
    "prints the figures of each head and order, for the shipped model and for another",
    async () => {
      const truth = join(folder, "truth.jsonl");
      const few = { log, rounds: "20" };
      const shipped = await run("rank-eval", few);
      expect(shipped, shipped.said).toMatchObject({ exitCode: 0 });
      expect(shipped.said).toContain("learned from: rank:simulate");
      expect(shipped.said).toMatch(/\| like +\| \d+ +\| 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)/);
      expect(shipped.said).toMatch(/\| recency only +\| 0\.\d{3} \(0\.\d{3} to 0\.\d{3}\)/);
      expect(shipped.said).not.toContain("oracle");
      const out = join(folder, "other.json");
      await run("train", { log, out, name: "another", epochs: "1" });
      const other = await run("rank-eval", { ...few, truth, model: out });
      expect(other, other.said).toMatchObject({ exitCode: 0 });
      expect(other.said).toContain('Model "another"');
      expect(other.said).toMatch(/\| oracle +\| 1\.000/);
    },
    TIMEOUT_MS,
  );

  it(
    "names the fault of an invalid model",
    async () => {
      const file = join(folder, "bad-model.json");
      await writeFile(file, '{"version": 7}');
      const { exitCode, said } = await run("rank-eval", { log, model: file });
      expect(exitCode).toBe(1);
      expect(said).toContain("the model was refused: its version is 7, and this code reads 1");
    },
    TIMEOUT_MS,
  );

  it(
    "names the invalid line of a truth file",
    async () => {
      const { exitCode, said } = await run("rank-eval", { log, truth: log });
      expect(exitCode).toBe(1);
      expect(said).toContain(`${log}:1 is not a line of rank:simulate --truth`);
    },
    TIMEOUT_MS,
  );
});

describe("npm run rank:simulate", () => {
  it(
    "writes the same log for the same seed, and a different one for another seed",
    async () => {
      const [again, other] = [join(folder, "again.jsonl"), join(folder, "other.jsonl")];
      const same = { viewers: "15", pages: "12" };
      await run("rank-simulate", { ...same, out: again });
      await run("rank-simulate", { ...same, out: other, seed: "2" });
      expect(await readFile(again, "utf8")).toBe(await readFile(log, "utf8"));
      expect(await readFile(other, "utf8")).not.toBe(await readFile(log, "utf8"));
    },
    TIMEOUT_MS,
  );
});
