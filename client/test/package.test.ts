/** The package as npm packs it, in a project that has nothing else. */
import { execa } from "execa";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { buildClient } from "../package.ts";

const CLIENT = join(import.meta.dirname, "..");
/** The compiler of most projects today, and this one's. */
const COMPILERS = {
  "TypeScript 5": createRequire(import.meta.url).resolve("typescript"),
  "TypeScript 7": createRequire(join(CLIENT, "../package.json")).resolve("typescript"),
};

// A compiler that takes longer must be stuck, on a busy machine too.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const SAMPLE = `
import { orThrow, Skein, type LiveEvent, type Post, type Result } from "skein-client";
const skein = new Skein({ url: "https://skein.example", token: () => null });
export async function first(): Promise<Post | undefined> {
  const page = orThrow(await skein.readTimeline({ order: "latest", limit: 1 }).page());
  return page.items[0]?.post;
}
export const codeOf = (result: Result<Post>) => (result.ok ? null : result.error.code);
export const listen = (event: LiveEvent) => (event.type === "post" ? event.item.post.text : "");
`;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-package-"));
  const packed = join(folder, "packed");
  await mkdir(packed);
  await buildClient(join(packed, "dist"));
  for (const file of ["package.json", "README.md"]) {
    await writeFile(join(packed, file), await readFile(join(CLIENT, file)));
  }
  const { stdout } = await execa("npm", ["pack", "--silent"], { cwd: packed });
  const installed = join(folder, "node_modules/skein-client");
  await mkdir(installed, { recursive: true });
  const archive = join(packed, stdout.trim());
  await execa("tar", ["-xzf", archive, "-C", installed, "--strip-components=1"]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The errors of a compiler in a file of the project. */
async function errorsIn(compiler: keyof typeof COMPILERS, text: string): Promise<string[]> {
  await writeFile(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(join(folder, "sample.ts"), text);
  const program = join(dirname(COMPILERS[compiler]), "tsc.js");
  const options = "--noEmit --strict --module nodenext --target es2022 --lib es2022,dom";
  const args = [program, ...options.split(" "), "sample.ts"];
  const { stdout } = await execa(process.execPath, args, { cwd: folder, reject: false });
  return stdout.split("\n").filter((line) => line.includes("error"));
}

it("the package has no dependency, and nothing but its module, its types and its README", async () => {
  const installed = join(folder, "node_modules/skein-client");
  const manifest: unknown = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
  expect(manifest).not.toHaveProperty("dependencies");
  expect((await readdir(installed)).sort()).toEqual(["README.md", "dist", "package.json"]);
});

it("the package's module is imported by its name, without anything beside it", async () => {
  const code = 'console.log(Object.keys(await import("skein-client")).sort().join())';
  const { stdout } = await execa(process.execPath, ["--input-type=module", "-e", code], {
    cwd: folder,
  });
  expect(stdout).toBe("Skein,SkeinAdministration,SkeinError,keepSession,orThrow");
});

it.each(["TypeScript 5", "TypeScript 7"] as const)(
  "a sample compiles against the package's types with %s, and a mistake in it does not",
  async (compiler) => {
    expect(await errorsIn(compiler, SAMPLE)).toEqual([]);
    const wrong = SAMPLE.replace('order: "latest"', 'order: "oldest"');
    expect(await errorsIn(compiler, wrong)).toHaveLength(1);
  },
);
