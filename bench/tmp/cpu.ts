import { execa } from "execa";
import { readFile, mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { Inspector } from "../run/inspector.ts";
import { startRuntime } from "../run/runtime.ts";
import { pushedPages, pushedWorld } from "../rows/pushed.ts";
import { connectionsTo } from "../rows/pages.ts";
import { batch } from "../run/slices.ts";
import { rawRequest } from "../run/connection.ts";
import { WRANGLER, toolEnv, ROOT } from "../../scripts/project.ts";

async function bundle(root: string, out: string, minify: boolean, config = "wrangler.toml", main = "index"): Promise<string> {
  const folder = join("/tmp/ring-bundles", out);
  await mkdir(folder, { recursive: true });
  if (!existsSync(join(root, "web/dist"))) await mkdir(join(root, "web/dist"), { recursive: true });
  await execa(process.execPath, [WRANGLER, "deploy", "--dry-run", "--outdir", folder, "--config", config, minify ? "--minify" : "--minify=false"], { cwd: root, env: toolEnv(), stdin: "ignore" });
  return readFile(join(folder, `${main}.js`), "utf8");
}

async function topFunctions(url: URL, work: () => Promise<void>, answers: number) {
  const socket = new WebSocket(new URL(`/core:user:skein`, url));
  await once(socket, "open");
  let id = 0;
  const waiting = new Map<number, (a: any) => void>();
  socket.addEventListener("message", ({ data }) => { const a = JSON.parse(String(data)); waiting.get(a.id)?.(a); });
  const call = (method: string, params = {}) => new Promise<any>((resolve) => { const n = ++id; waiting.set(n, resolve); socket.send(JSON.stringify({ id: n, method, params })); });
  await call("Profiler.enable"); await call("Profiler.setSamplingInterval", { interval: 100 });
  await call("Profiler.start"); await work();
  const { result: { profile } } = await call("Profiler.stop");
  socket.close();
  const count = new Map<number, number>();
  for (const s of profile.samples) count.set(s, (count.get(s) ?? 0) + 1);
  const self = new Map<string, number>(), total = new Map<string, number>();
  const nodes = new Map<number, any>(profile.nodes.map((n: any) => [n.id, n]));
  const parent = new Map<number, number>();
  for (const n of profile.nodes) for (const c of n.children ?? []) parent.set(c, n.id);
  const nameOf = (n: any) => `${n.callFrame.functionName || "(anon)"}:${n.callFrame.lineNumber}`;
  for (const [nid, c] of count) {
    const n = nodes.get(nid); self.set(nameOf(n), (self.get(nameOf(n)) ?? 0) + c);
    const seen = new Set<string>();
    for (let at: number | undefined = nid; at !== undefined; at = parent.get(at)) { const nm = nameOf(nodes.get(at)); if (!seen.has(nm)) { seen.add(nm); total.set(nm, (total.get(nm) ?? 0) + c); } }
  }
  const us = (c: number) => ((c * 100) / answers).toFixed(0).padStart(6);
  const show = (m: Map<string, number>, k: number) => [...m].sort((a, b) => b[1] - a[1]).slice(0, k).map(([n, c]) => `${us(c)}us ${n}`).join("\n");
  console.log("SELF\n" + show(self, 45)); console.log("TOTAL\n" + show(total, 90));
}

const mode = process.argv[2] ?? "pair";
const floors = await bundle(ROOT, "floors", true, "bench/floors/wrangler.toml", "worker");
if (mode === "top") {
  const skein = await bundle(ROOT, "top", false);
  const runtime = await startRuntime({ skein, floors }, {});
  const world = await pushedWorld(runtime, 4);
  const connections = connectionsTo(runtime, 4);
  const { latest, ranked } = await pushedPages(runtime, world, connections);
  for (const page of [latest, ranked]) {
    const work = batch(page.senders, 400);
    await work(); await work();
    console.log(`=== ${page.name}`);
    await topFunctions(runtime.inspector, work, 400);
  }
  await runtime.close();
} else {
  const sides: Record<string, string> = { base: await readFile("/tmp/ring-bundles/base/index.js", "utf8"), ring: await bundle(ROOT, "ring", true) };
  const runs: Record<string, any> = {};
  for (const [name, skein] of Object.entries(sides)) {
    const runtime = await startRuntime({ skein, floors }, {});
    const world = await pushedWorld(runtime, 4);
    const connections = connectionsTo(runtime, 4);
    const { latest, ranked } = await pushedPages(runtime, world, connections);
    const items = world.posts.slice(-8).map((postId) => ({ postId, dwellMs: 900 }));
    const report = latest.senders.map(({ connection }, n) => ({ connection, request: rawRequest({ method: "POST", path: "/v1/timeline/impressions", token: world.viewers[n]!.token, body: JSON.stringify({ items }) }) }));
    runs[name] = { runtime, rows: { latest: latest.senders, ranked: ranked.senders, floor: latest.floorSenders, floorRanked: ranked.floorSenders, report }, skein: await Inspector.attach(runtime.inspector, "skein"), floors: await Inspector.attach(runtime.inspector, "floors") };
  }
  const got: Record<string, number[]> = {};
  for (let round = -1; round < 7; round++) {
    for (const row of ["latest", "ranked", "report", "floor", "floorRanked"]) {
      for (const name of round % 2 === 0 ? ["base", "ring"] : ["ring", "base"]) {
        const { rows, skein, floors: f } = runs[name];
        const n = row.startsWith("floor") ? 800 : 200;
        const ms = (await (row.startsWith("floor") ? f : skein).cpuMs(batch(rows[row], n))) / n;
        if (round >= 0) (got[`${row} ${name}`] ??= []).push(ms);
      }
    }
  }
  const mid = (v: number[]) => v.toSorted((a, b) => a - b)[Math.floor(v.length / 2)]!;
  for (const [k, v] of Object.entries(got)) console.log(k.padEnd(20), mid(v).toFixed(4), "ms", `(${Math.min(...v).toFixed(4)} to ${Math.max(...v).toFixed(4)})`);
  for (const name of ["base", "ring"]) for (const row of ["latest", "ranked"]) console.log(`${row} ${name}: floor/page`, (mid(got[`${row === "latest" ? "floor" : "floorRanked"} ${name}`]!) / mid(got[`${row} ${name}`]!)).toFixed(3));
  for (const name of ["base", "ring"]) { runs[name].skein.close(); runs[name].floors.close(); await runs[name].runtime.close(); }
}
process.exit(0);
