/** The demo in its own processes, over a small graph of a file. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type LiveEvent, orThrow, Skein } from "../../client/src/skein-client.ts";
import { DEMO_PEOPLE } from "../../scripts/demo/world.ts";
import { freePort } from "../../scripts/dev/port.ts";

const ROOT = join(import.meta.dirname, "../..");
const PEOPLE = 24;
/** Far longer than any machine takes. */
const LOST_AFTER_MS = 240_000;
const DAY_MS = 86_400_000;
/** Everybody follows so many of those after them; the first two are followed by everybody. */
const FOLLOWS = 12;

let folder: string;
let address: string;
let demo: ChildProcess;
vi.setConfig({ testTimeout: 2 * LOST_AFTER_MS });
let output = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-demo-test-"));
  const graph = join(folder, "graph.edges");
  await writeFile(graph, edges().join("\n"));
  const port = await freePort();
  address = `http://localhost:${port}`;
  const flags = ["--graph", graph, "--port", String(port), "--persist-to", join(folder, "data")];
  // A process group of its own, so that one signal ends all its processes.
  demo = spawn(process.execPath, ["scripts/demo.ts", ...flags], {
    cwd: ROOT,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  demo.stdout?.on("data", (text) => (output += String(text)));
  demo.stderr?.on("data", (text) => (output += String(text)));
  await until(() => output.includes("To begin anew"), "the demo did not start");
}, LOST_AFTER_MS);

afterAll(async () => {
  if (demo.pid !== undefined && demo.exitCode === null) {
    const exited = once(demo, "exit");
    process.kill(-demo.pid, "SIGTERM");
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
});

function edges(): string[] {
  const everyone = Array.from({ length: PEOPLE }, (_, person) => person);
  return everyone.flatMap((person) => {
    const next = Array.from({ length: FOLLOWS }, (_, n) => (person + n + 1) % PEOPLE);
    return [...new Set([0, 1, ...next])]
      .filter((other) => other !== person)
      .map((other) => `${person} ${other}`);
  });
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  await vi.waitFor(
    () => {
      if (!isTrue()) throw new Error(`${what}:\n${output}`);
    },
    { timeout: LOST_AFTER_MS, interval: 100 },
  );
}

/** Somebody who signs in with what the demo has printed, and looks at the page. */
async function visitor(handle: string, password: string) {
  const client = new Skein({ url: address });
  const { token } = orThrow(await client.createSession({ handle, password }));
  const skein = client.as(token);
  const events: LiveEvent[] = [];
  const page = orThrow(await skein.readTimeline({ order: "latest", limit: 100 }).page());
  const live = skein.openLive((event) => events.push(event), { since: page.seq });
  return { skein, events, items: page.items, live };
}

describe("the demo", () => {
  it("prints where to look, what to try and how to reset", () => {
    expect(output).toContain(`Skein is at ${address} `);
    expect(output).toMatch(new RegExp(`${address}/ops +ADMIN_TOKEN: \\S{16}`));
    expect(output).toContain(`${address}/docs`);
    expect(output).toMatch(/delete \S+data,/);
    for (const { handle, password } of DEMO_PEOPLE) {
      expect(output).toMatch(new RegExp(`${handle} +${password}`));
    }
  });

  it("shows an account weeks of history, with likes, reposts and threads", async () => {
    const [ada] = DEMO_PEOPLE;
    const { items, live, skein } = await visitor(ada?.handle ?? "", ada?.password ?? "");
    live.close();
    expect(items.some(({ post }) => post.counts.likes > 0)).toBe(true);
    expect(items.some(({ reason }) => reason.kind === "repost")).toBe(true);
    expect(items.some(({ post }) => post.parent !== null)).toBe(true);
    let oldest = Date.now();
    for await (const { at } of skein.readTimeline({ order: "latest", limit: 100 }).items()) {
      oldest = Math.min(oldest, Date.parse(at));
    }
    expect(oldest).toBeLessThan(Date.now() - 14 * DAY_MS);
  });

  it("has two authors who are pulled, a post of whom arrives live, and counts that move", async () => {
    const [, noor] = DEMO_PEOPLE;
    const { events, live, items, skein } = await visitor(noor?.handle ?? "", noor?.password ?? "");
    await until(() => events.some(({ type }) => type === "open"), "the socket did not open");
    // The counts of a page move if it is read while a socket is open.
    orThrow(await skein.readTimeline({ limit: 100 }).page());
    const stars = [...output.matchAll(/@(\w+)(?= and @| are read)/g)].map(([, handle]) => handle);
    expect(stars.length).toBe(2);
    const client = new Skein({ url: address });
    for (const handle of stars) {
      expect(orThrow(await client.readUser(`@${handle}`)).celebrity).toBe(true);
    }
    expect(items.some(({ post }) => stars.includes(post.author.handle))).toBe(true);
    await until(
      () =>
        events.some(
          (event) => event.type === "post" && stars.includes(event.item.post.author.handle),
        ),
      `no post of ${stars.join(" or ")} arrived`,
    );
    await until(() => events.some(({ type }) => type === "counts"), "no count moved");
    live.close();
  });

  it("does nothing in the names of those who can sign in", async () => {
    const client = new Skein({ url: address });
    for (const { handle } of DEMO_PEOPLE) {
      expect(orThrow(await client.readUser(`@${handle}`)).counts.posts).toBe(0);
    }
  });
});
