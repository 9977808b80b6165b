import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { columnOf } from "./cloudflare-resources.ts";
import { deploy } from "./deploy.ts";
import { type RecordedAccount, recordedAccountSchema } from "./recorded-resources.ts";

const CONFIG = `
name = "skein"
main = "workers/index.ts"
compatibility_date = "2026-10-01"
[[d1_databases]]
binding = "DB_0"
database_name = "skein-0"
database_id = "00000000-0000-0000-0000-000000000000"
migrations_dir = "db/d1/migrations"
[[d1_databases]]
binding = "DB_1"
database_name = "skein-1"
database_id = "00000000-0000-0000-0000-000000000001"
migrations_dir = "db/d1/migrations"
[[kv_namespaces]]
binding = "COUNTS"
id = "00000000000000000000000000000000"
[[queues.producers]]
binding = "FANOUT_0"
queue = "skein-fanout-0"
[[queues.consumers]]
queue = "skein-fanout-0"
dead_letter_queue = "skein-fanout-dead"
`;

/** Every answer of the stand-in is a process of its own. */
vi.setConfig({ testTimeout: 30_000 });

const callSchema = z.object({
  args: z.array(z.string()),
  config: z.string().nullable(),
  secrets: z.string().nullable(),
});

let folder: string;
let healthz: Server;
let address: string;

beforeAll(async () => {
  healthz = createServer((_, response) => response.end('{"status":"ok","version":"1.2.3"}'));
  await new Promise<void>((resolve) => healthz.listen(0, "127.0.0.1", resolve));
  const bound = healthz.address();
  if (bound === null || typeof bound === "string") throw new Error("not a port");
  address = `http://127.0.0.1:${bound.port}`;
});
afterAll(() => healthz.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-deploy-test-"));
  await writeFile(join(folder, "wrangler.toml"), CONFIG);
  return () => rm(folder, { recursive: true, force: true });
});

const ALL: Omit<RecordedAccount, "address"> = {
  accounts: [{ id: "a1", name: "Skein Test" }],
  databases: ["other", "skein-0", "skein-1"],
  namespaces: ["skein-counts"],
  queues: ["skein-fanout-0", "skein-fanout-dead"],
  secrets: ["SIGNING_KEY", "ADMIN_TOKEN"],
  brokenShard: null,
};
const EMPTY = { ...ALL, databases: [], namespaces: [], queues: [], secrets: null };

/** Deploys against an account. @returns what was said, what wrangler was asked, and how it ended */
async function deployTo(account: Partial<RecordedAccount>, args: string[] = []) {
  const file = join(folder, "account.json");
  await writeFile(file, JSON.stringify({ ...ALL, address, ...account }));
  let said = "";
  const events: string[] = [];
  const error = await deploy({
    args,
    program: join(import.meta.dirname, "recording-wrangler.ts"),
    root: folder,
    env: { PATH: process.env["PATH"], ACCOUNT_FILE: file },
    print: (text) => (said += text),
    buildPage: () => Promise.resolve(void events.push("built")),
    healthTimeoutMs: 1_000,
  }).then(
    () => null,
    (failure: unknown) => String(failure),
  );
  const recorded = await readFile(`${file}.calls`, "utf8");
  const calls = recorded
    .trim()
    .split("\n")
    .map((line) => callSchema.parse(JSON.parse(line)));
  return {
    said,
    calls,
    error,
    built: events.length,
    commands: calls.map(({ args: a }) => a.join(" ")),
  };
}

/** The commands that change something. */
const changes = (commands: string[]) =>
  commands.filter((command) => /create|apply|deploy/.test(command));

const APPLY = (binding: string) =>
  `d1 migrations apply ${binding} --remote --config wrangler.deploy.jsonc`;

test("a first deploy makes everything, in order, and ends with the address", async () => {
  const { said, calls, commands, error, built } = await deployTo(EMPTY);
  expect(error).toBe(null);
  expect(changes(commands)).toEqual([
    "d1 create skein-0",
    "d1 create skein-1",
    "kv namespace create skein-counts",
    "queues create skein-fanout-0",
    "queues create skein-fanout-dead",
    APPLY("DB_0"),
    APPLY("DB_1"),
    expect.stringMatching(/^deploy --config wrangler\.deploy\.jsonc --secrets-file \S+$/),
  ]);
  expect(built).toBe(1);
  const config = calls.at(-1)?.config ?? "";
  expect(config).toContain('"database_id": "11111111-2222-4333-8444-000000000000"');
  expect(config).toContain('"database_id": "11111111-2222-4333-8444-000000000001"');
  expect(config).toContain('"id": "c0ffee00000000000000000000000000"');
  expect(config).toContain('"main": "workers/index.ts"');
  expect(said).toContain(`Skein 1.2.3 is at ${address}`);
});

test("a renamed binding keeps the namespace that its first name was deployed with", async () => {
  const renamed = CONFIG.replace('binding = "COUNTS"', 'binding = "AUTHOR_FEED_PAGES"');
  await writeFile(join(folder, "wrangler.toml"), renamed);
  const { commands, calls, error } = await deployTo({ namespaces: ["skein-outboxes"] });
  expect(error).toBe(null);
  expect(commands.filter((command) => command.startsWith("kv namespace create"))).toEqual([]);
  expect(calls.at(-1)?.config).toContain('"id": "c0ffee00000000000000000000000000"');
});

test("secrets that are missing are made, sent along, and only the admin's is shown", async () => {
  const { said, calls } = await deployTo({ secrets: null });
  const secrets = z
    .strictObject({ SIGNING_KEY: z.base64(), ADMIN_TOKEN: z.string().min(32) })
    .parse(JSON.parse(calls.at(-1)?.secrets ?? ""));
  expect(Buffer.from(secrets.SIGNING_KEY, "base64")).toHaveLength(32);
  expect(said.split(secrets.ADMIN_TOKEN)).toHaveLength(2);
  expect(said).not.toContain(secrets.SIGNING_KEY);
});

test("a secret that is there stays", async () => {
  const { calls } = await deployTo({ secrets: ["SIGNING_KEY"] });
  expect(calls.at(-1)?.secrets).toMatch(/^\{"ADMIN_TOKEN":"[^"]+"\}$/);
});

test("where nothing is missing, nothing is made and no secret is sent", async () => {
  const { commands, error, said } = await deployTo({}, ["--message", "hello"]);
  expect(error).toBe(null);
  expect(changes(commands)).toEqual([
    APPLY("DB_0"),
    APPLY("DB_1"),
    "deploy --config wrangler.deploy.jsonc --message hello",
  ]);
  expect(said).toContain("nothing is missing");
});

test("a shard that was added is made and migrated, and nothing else is made", async () => {
  const { commands, calls } = await deployTo({ databases: ["skein-0"] });
  expect(changes(commands).slice(0, 3)).toEqual([
    "d1 create skein-1",
    APPLY("DB_0"),
    APPLY("DB_1"),
  ]);
  expect(calls.at(-1)?.config).toContain("11111111-2222-4333-8444-000000000001");
});

test("ids that the configuration names are used as they are, and not looked for", async () => {
  const own = "99999999-2222-4333-8444-000000000000";
  await writeFile(
    join(folder, "wrangler.toml"),
    CONFIG.replace("00000000-0000-0000-0000-000000000000", own),
  );
  const { commands, calls } = await deployTo({ databases: ["skein-1"] });
  expect(changes(commands)[0]).toBe(APPLY("DB_0"));
  expect(calls.at(-1)?.config).toContain(own);
});

test("when nobody is logged in it says how to, and asks nothing more", async () => {
  const { commands, error } = await deployTo({ accounts: [] });
  expect(error).toContain("npx wrangler login");
  expect(error).toContain("CLOUDFLARE_API_TOKEN");
  expect(commands).toEqual(["whoami --json"]);
});

test("with several accounts it asks which, and lists them", async () => {
  const accounts = [
    { id: "a1", name: "One" },
    { id: "b2", name: "Two" },
  ];
  const { error } = await deployTo({ accounts });
  expect(error).toContain("CLOUDFLARE_ACCOUNT_ID=b2  # Two");
});

test("a migration that fails stops before anything is deployed, and says what to do", async () => {
  const { commands, error, said } = await deployTo({ brokenShard: "DB_0" });
  expect(changes(commands)).toEqual([APPLY("DB_0")]);
  expect(said).toContain("near SYNTAX");
  expect(error).toContain("nothing was deployed");
  expect(error).toContain("npx wrangler d1 migrations list DB_0 --remote");
});

test("what is left of a broken first run is made by the next, and not more", async () => {
  await deployTo({ ...EMPTY, brokenShard: "DB_1" });
  const left = recordedAccountSchema.parse(
    JSON.parse(await readFile(join(folder, "account.json"), "utf8")),
  );
  await rm(join(folder, "account.json.calls"));
  const { commands, error } = await deployTo({ ...left, brokenShard: null });
  expect(error).toBe(null);
  expect(commands.filter((command) => command.includes("create"))).toEqual([]);
});

test("--check changes nothing, and says how to make what is missing", async () => {
  const { commands, error, said, built } = await deployTo(EMPTY, ["--check"]);
  expect(changes(commands)).toEqual([]);
  expect(built).toBe(0);
  expect(said).toContain("missing: D1 database skein-1");
  expect(said).toContain("npx wrangler queues create skein-fanout-dead");
  expect(said).toContain("npx wrangler secret put SIGNING_KEY");
  expect(error).toContain("7 things are missing");
});

test("--check is content where nothing is missing", async () => {
  const { error } = await deployTo({}, ["--check"]);
  expect(error).toBe(null);
});

test("--dry-run needs no account", async () => {
  const { commands, error, built } = await deployTo({ accounts: [] }, ["--dry-run"]);
  expect(built).toBe(1);
  expect(commands).toEqual(["deploy --config wrangler.toml --dry-run"]);
  expect(error).toBe(null);
});

test("an address that does not answer is a failure that says where to look", async () => {
  const { error } = await deployTo({ address: "http://127.0.0.1:1" });
  expect(error).toContain("wrangler tail");
});

test("a column of wrangler's tables is read, whatever stands beside it", () => {
  const table =
    "┌────┬──────┐\n│ id │ name │\n├────┼──────┤\n│ q1 │ a-b  │\n│ q2 │ c    │\n└────┴──────┘";
  expect(columnOf("name", table)).toEqual(["a-b", "c"]);
  expect(columnOf("name", "")).toEqual([]);
});
