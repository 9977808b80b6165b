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

/** Every call of the stand-in for wrangler starts a process. */
vi.setConfig({ testTimeout: 30_000 });

const callSchema = z.object({
  args: z.array(z.string()),
  config: z.string().nullable(),
  secrets: z.string().nullable(),
  file: z.string().nullable(),
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
  buckets: null,
  secrets: ["SIGNING_KEY", "ADMIN_TOKEN"],
  brokenShard: null,
};
const EMPTY = { ...ALL, databases: [], namespaces: [], queues: [], secrets: null };

/** Deploys to an account. @returns the output, wrangler's commands, and the error if it failed */
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

/** The commands that change the account. */
const changes = (commands: string[]) =>
  commands.filter((command) => /create|apply|deploy/.test(command));

const APPLY = (binding: string) =>
  `d1 migrations apply ${binding} --remote --config wrangler.deploy.jsonc`;

test("a first deploy creates everything, in order, and prints the address", async () => {
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

/** The configuration with the database of the training log. */
const WITH_LOG = CONFIG.replace(
  "[[kv_namespaces]]",
  `[[d1_databases]]
binding = "TRAINING_DB"
database_name = "skein-training"
database_id = "00000000-0000-0000-0000-000000000002"
[[kv_namespaces]]`,
);
const RECORDED = { databases: ["skein-0", "skein-1", "skein-training"] };

test("in an account with R2 a deploy binds a bucket for the training log, which deletes old objects", async () => {
  await writeFile(join(folder, "wrangler.toml"), WITH_LOG);
  const { calls, commands, error } = await deployTo({ ...RECORDED, buckets: ["other"] });
  expect(error).toBe(null);
  expect(changes(commands)[0]).toBe("r2 bucket create skein-training");
  const rules = calls.find(({ args }) => args.includes("lifecycle"))?.file ?? "";
  expect(JSON.parse(rules)).toMatchObject({
    rules: [
      {
        conditions: { prefix: "pages/" },
        deleteObjectsTransition: { condition: { maxAge: 2_592_000 } },
      },
      { conditions: { prefix: "reports/" } },
      { conditions: { prefix: "viewers/" } },
    ],
  });
  expect(JSON.parse((calls.at(-1)?.config ?? "").replace(/^\/\/.*/, ""))).toMatchObject({
    r2_buckets: [{ binding: "TRAINING_BUCKET", bucket_name: "skein-training" }],
  });
  const again = await deployTo({ ...RECORDED, buckets: ["skein-training"] });
  expect(again.commands.filter((command) => command.includes("create"))).toHaveLength(1);
});

test("in an account without R2 a deploy leaves the training log in its database", async () => {
  await writeFile(join(folder, "wrangler.toml"), WITH_LOG);
  const { calls, commands, error, said } = await deployTo(RECORDED);
  expect(error).toBe(null);
  expect(commands.filter((command) => /r2 bucket (create|lifecycle)/.test(command))).toEqual([]);
  expect(calls.at(-1)?.config).not.toContain("TRAINING_BUCKET");
  expect(said).toContain("the training log is in D1");
});

test("missing secrets are made and deployed, and only the ADMIN_TOKEN is printed", async () => {
  const { said, calls } = await deployTo({ secrets: null });
  const secrets = z
    .strictObject({ SIGNING_KEY: z.base64(), ADMIN_TOKEN: z.string().min(32) })
    .parse(JSON.parse(calls.at(-1)?.secrets ?? ""));
  expect(Buffer.from(secrets.SIGNING_KEY, "base64")).toHaveLength(32);
  expect(said.split(secrets.ADMIN_TOKEN)).toHaveLength(2);
  expect(said).not.toContain(secrets.SIGNING_KEY);
});

test("a deploy does not replace an existing secret", async () => {
  const { calls } = await deployTo({ secrets: ["SIGNING_KEY"] });
  expect(calls.at(-1)?.secrets).toMatch(/^\{"ADMIN_TOKEN":"[^"]+"\}$/);
});

test("a deploy to a complete account creates nothing and sends no secret", async () => {
  const { commands, error, said } = await deployTo({}, ["--message", "hello"]);
  expect(error).toBe(null);
  expect(changes(commands)).toEqual([
    APPLY("DB_0"),
    APPLY("DB_1"),
    "deploy --config wrangler.deploy.jsonc --message hello",
  ]);
  expect(said).toContain("nothing is missing");
});

test("a deploy with a new shard creates and migrates that shard, and nothing else", async () => {
  const { commands, calls } = await deployTo({ databases: ["skein-0"] });
  expect(changes(commands).slice(0, 3)).toEqual([
    "d1 create skein-1",
    APPLY("DB_0"),
    APPLY("DB_1"),
  ]);
  expect(calls.at(-1)?.config).toContain("11111111-2222-4333-8444-000000000001");
});

test("a deploy uses ids from the configuration without looking them up", async () => {
  const own = "99999999-2222-4333-8444-000000000000";
  await writeFile(
    join(folder, "wrangler.toml"),
    CONFIG.replace("00000000-0000-0000-0000-000000000000", own),
  );
  const { commands, calls } = await deployTo({ databases: ["skein-1"] });
  expect(changes(commands)[0]).toBe(APPLY("DB_0"));
  expect(calls.at(-1)?.config).toContain(own);
});

test("without a login the deploy says how to log in, and stops", async () => {
  const { commands, error } = await deployTo({ accounts: [] });
  expect(error).toContain("npx wrangler login");
  expect(error).toContain("CLOUDFLARE_API_TOKEN");
  expect(commands).toEqual(["whoami --json"]);
});

test("with several accounts the deploy lists them and stops", async () => {
  const accounts = [
    { id: "a1", name: "One" },
    { id: "b2", name: "Two" },
  ];
  const { error } = await deployTo({ accounts });
  expect(error).toContain("CLOUDFLARE_ACCOUNT_ID=b2  # Two");
});

test("a failed migration stops the deploy before the Worker, and says what to do", async () => {
  const { commands, error, said } = await deployTo({ brokenShard: "DB_0" });
  expect(changes(commands)).toEqual([APPLY("DB_0")]);
  expect(said).toContain("near SYNTAX");
  expect(error).toContain("nothing was deployed");
  expect(error).toContain("npx wrangler d1 migrations list DB_0 --remote");
});

test("a second run after a broken first one creates only what is still missing", async () => {
  await deployTo({ ...EMPTY, brokenShard: "DB_1" });
  const left = recordedAccountSchema.parse(
    JSON.parse(await readFile(join(folder, "account.json"), "utf8")),
  );
  await rm(join(folder, "account.json.calls"));
  const { commands, error } = await deployTo({ ...left, brokenShard: null });
  expect(error).toBe(null);
  expect(commands.filter((command) => command.includes("create"))).toEqual([]);
});

test("--check changes nothing, and says how to create what is missing", async () => {
  const { commands, error, said, built } = await deployTo(EMPTY, ["--check"]);
  expect(changes(commands)).toEqual([]);
  expect(built).toBe(0);
  expect(said).toContain("missing: D1 database skein-1");
  expect(said).toContain("npx wrangler queues create skein-fanout-dead");
  expect(said).toContain("npx wrangler secret put SIGNING_KEY");
  expect(error).toContain("7 resources are missing");
});

test("--check succeeds on a complete account", async () => {
  const { error } = await deployTo({}, ["--check"]);
  expect(error).toBe(null);
});

test("--dry-run needs no account", async () => {
  const { commands, error, built } = await deployTo({ accounts: [] }, ["--dry-run"]);
  expect(built).toBe(1);
  expect(commands).toEqual(["deploy --config wrangler.toml --dry-run"]);
  expect(error).toBe(null);
});

test("a deployed address that does not answer fails the deploy, with advice", async () => {
  const { error } = await deployTo({ address: "http://127.0.0.1:1" });
  expect(error).toContain("wrangler tail");
});

test("a column of wrangler's tables is read among other columns", () => {
  const table =
    "┌────┬──────┐\n│ id │ name │\n├────┼──────┤\n│ q1 │ a-b  │\n│ q2 │ c    │\n└────┴──────┘";
  expect(columnOf("name", table)).toEqual(["a-b", "c"]);
  expect(columnOf("name", "")).toEqual([]);
});
