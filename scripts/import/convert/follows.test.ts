import { execa } from "execa";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "../../project.ts";

it(
  "import:convert makes of a CSV one follow a row, names rows without two handles, and has a usage",
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "skein-follows-"));
    try {
      const path = join(folder, "follows.csv");
      const rows = [
        "follower,followee,since",
        '"ada",@Grace,2020',
        "",
        "grace,a b",
        "zoe",
        "zoe,ada",
      ];
      await writeFile(path, `\uFEFF${rows.join("\r\n")}\r\n`);
      const script = join(ROOT, "scripts/import-convert.ts");
      const { stdout, stderr } = await execa(process.execPath, [script, "follows", path]);
      expect(stdout.split("\n")).toEqual([
        '{"follow":["ada","grace"]}',
        '{"follow":["zoe","ada"]}',
      ]);
      expect(stderr).toBe("2 rows without two handles, such as row 3, row 4");
      for (const args of [["follows"], ["myspace", path]]) {
        const refused = await execa(process.execPath, [script, ...args], { reject: false });
        expect(refused.stderr).toContain("Usage: npm run -s import:convert");
        expect(refused.exitCode).toBe(1);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
);
