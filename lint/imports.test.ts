import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";
import { z } from "zod";

const REFUSED: [file: string, code: string][] = [
  ["feed/a.ts", 'import { Hono } from "hono";'],
  ["feed/b.ts", 'import { env } from "cloudflare:workers";'],
  ["feed/c.ts", 'import { readFile } from "node:fs";'],
  ["feed/d.ts", 'import type { Store } from "../db/store.ts";'],
  ["feed/e.ts", 'export type Store = import("../db/store.ts").Store;'],
  ["feed/f.ts", 'export * from "../web/src/net/api.ts";'],
  ["feed/g.ts", 'export { x } from "drizzle-orm";'],
  ["feed/h.ts", 'import "../package.json";'],
  ["feed/i.ts", 'export const load = () => import("hono");'],
  ["feed/deep/j.ts", 'import { x } from "../../workers/index.ts";'],
  ["feed/k.test.ts", 'import { sql } from "drizzle-orm";'],
  ["db/a.ts", 'import { env } from "cloudflare:workers";'],
  ["db/b.ts", 'import { Hono } from "hono";'],
  ["db/d1/c.ts", 'import { x } from "../../workers/env.ts";'],
  ["db/d1/d.ts", 'import { x } from "../../durable-objects/home-timeline/store.ts";'],
  ["durable-objects/a.ts", 'import { x } from "../db/store.ts";'],
  ["durable-objects/b.ts", 'import { drizzle } from "drizzle-orm/durable-sqlite";'],
  ["durable-objects/c.ts", 'import { Hono } from "hono";'],
  ["durable-objects/deep/d.ts", 'import { x } from "../../workers/api/posts.ts";'],
  ["workers/a.ts", 'import { sql } from "drizzle-orm";'],
  ["workers/b.ts", 'import { drizzle } from "drizzle-orm/d1";'],
  ["workers/c.ts", 'export const load = () => import("drizzle-orm");'],
  ["workers/api/d.ts", 'import { x } from "../../web/src/api.ts";'],
  ["workers/api/e.ts", 'import { x } from "../../test/workerd/store.ts";'],
  ["workers/api/f.test.ts", 'import { sql } from "drizzle-orm";'],
  ["web/src/a.tsx", 'import { x } from "../../workers/api/posts.ts";'],
  ["web/src/b.ts", 'import { x } from "../../db/store.ts";'],
  ["web/src/c.ts", 'import { hc } from "hono/client";'],
  ["scripts/a.ts", 'import { sql } from "drizzle-orm";'],
];

const ALLOWED: [file: string, code: string][] = [
  ["feed/l.ts", 'import { z } from "zod";'],
  ["feed/m.ts", 'import { x } from "./deep/n.ts";'],
  ["feed/deep/n.ts", 'import { x } from "../m.ts";'],
  ["feed/o.test.ts", 'import fc from "fast-check";'],
  ["db/e.ts", 'import { drizzle } from "drizzle-orm/d1";'],
  ["db/d1/f.ts", 'import { x } from "../../feed/ids.ts";'],
  ["db/d1/g.ts", 'import { x } from "../store.ts";'],
  ["db/h.test.ts", 'import { env } from "cloudflare:test";'],
  ["durable-objects/e.ts", 'import { DurableObject } from "cloudflare:workers";'],
  ["durable-objects/f.ts", 'import { x } from "../feed/ids.ts";'],
  ["workers/api/g.ts", 'import { x } from "../../durable-objects/home-timeline/store.ts";'],
  ["workers/api/h.ts", 'import { x } from "../../db/store.ts";'],
  ["workers/i.ts", 'import { cors } from "hono/cors";'],
  ["workers/j.ts", 'import { jwtVerify } from "jose";'],
  ["workers/api/k.test.ts", 'import { x } from "../../test/workerd/store.ts";'],
  ["web/src/d.tsx", 'import { useState } from "preact/hooks";'],
  ["web/src/e.ts", 'import { x } from "../../feed/wire.ts";'],
  ["web/vite.config.ts", 'import { defineConfig } from "vite";'],
  ["test/outside/a.ts", 'import { x } from "../../feed/ids.ts";'],
];

const Report = z.object({
  diagnostics: z.array(z.object({ code: z.string().optional(), filename: z.string() })),
});

test("the linter refuses every import against the arrows, and no other", async () => {
  const tree = await mkdtemp(join(tmpdir(), "skein-imports-"));
  try {
    await cp("lint", join(tree, "lint"), { recursive: true });
    await cp(".oxlintrc.json", join(tree, ".oxlintrc.json"));
    await symlink(join(process.cwd(), "node_modules"), join(tree, "node_modules"));
    for (const [file, code] of [...REFUSED, ...ALLOWED]) {
      await mkdir(dirname(join(tree, file)), { recursive: true });
      await writeFile(join(tree, file), `${code}\n`);
    }
    // Folders by name: oxlint would follow the link to the packages and lint every one of them.
    const folders = new Set([...REFUSED, ...ALLOWED].map(([file]) => file.replace(/\/.*/, "")));
    const { stdout } = await execa("oxlint", ["--format=json", ...folders], {
      cwd: tree,
      preferLocal: true,
      reject: false,
    });
    const { diagnostics } = Report.parse(JSON.parse(stdout));
    const refused = diagnostics.filter(({ code }) => code === "skein(imports)");
    expect(new Set(refused.map(({ filename }) => filename))).toEqual(
      new Set(REFUSED.map(([file]) => file)),
    );
  } finally {
    await rm(tree, { recursive: true });
  }
});
