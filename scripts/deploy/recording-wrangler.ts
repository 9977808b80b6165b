/**
 * Replaces wrangler in tests: keeps an account in a file, answers like wrangler 4.155.0, and records its
 * commands. The answers were recorded from wrangler itself, run against a stand-in for Cloudflare's API.
 *
 * ACCOUNT_FILE names the file.
 */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { RecordedAccount } from "./recorded-resources.ts";

const file = process.env["ACCOUNT_FILE"] ?? "";
// oxlint-disable-next-line typescript/no-unsafe-assignment -- written by the test, and zod is slow
const account: RecordedAccount = JSON.parse(readFileSync(file, "utf8"));
const args = process.argv.slice(2);
const { values, positionals } = parseArgs({
  args,
  strict: false,
  options: {
    config: { type: "string" },
    "secrets-file": { type: "string" },
    file: { type: "string" },
    message: { type: "string" },
    page: { type: "string" },
  },
});
const NO_R2 = "Please enable R2 through the Cloudflare Dashboard. [code: 10042]";
const readGiven = (path: unknown) => (typeof path === "string" ? readFileSync(path, "utf8") : null);

appendFileSync(
  `${file}.calls`,
  `${JSON.stringify({
    args,
    config: readGiven(values["config"]),
    secrets: readGiven(values["secrets-file"]),
    file: readGiven(values["file"]),
  })}\n`,
);
answer();
writeFileSync(file, JSON.stringify(account));

function answer(): void {
  const command = positionals.join(" ");
  const name = positionals.at(-1) ?? "";
  if (command === "whoami") return whoami();
  if (account.accounts.length === 0 && !args.includes("--dry-run"))
    return fail("In a non-interactive environment, it's necessary");
  switch (command) {
    case "d1 list":
      return print(account.databases.map((database, k) => d1(database, k)));
    case "kv namespace list":
      return print(
        account.namespaces.map((title, k) => ({ id: kvId(k), title, supports_url_encoding: true })),
      );
    case "queues list":
      return console.log(values["page"] === undefined ? queueTable() : "");
    case "r2 bucket list":
      if (account.buckets === null) return fail(NO_R2);
      return console.log(
        `Listing buckets...\n${account.buckets.map((bucket) => `name:           ${bucket}\ncreation_date:  2026-11-26T10:00:00.000Z`).join("\n\n")}`,
      );
    case `r2 bucket lifecycle set ${name}`:
      return console.log(`✨ Set lifecycle configuration for bucket '${name}'.`);
    case "secret list":
      if (account.secrets === null) return fail('Worker "skein" not found.');
      return print(account.secrets.map((secret) => ({ name: secret, type: "secret_text" })));
    case `d1 create ${name}`:
      return create(account.databases, name, "A database with that name already exists");
    case `kv namespace create ${name}`:
      return create(account.namespaces, name, `A KV namespace with the title "${name}" exists`);
    case `r2 bucket create ${name}`:
      return create(account.buckets ?? [], name, "The bucket you tried to create already exists");
    case `queues create ${name}`:
      return create(account.queues, name, `Queue name '${name}' is already taken.`);
    case `d1 migrations apply ${name}`:
      if (account.brokenShard === name) return fail("Migration 0001.sql failed: near SYNTAX");
      return console.log("✅ No migrations to apply!");
    case "deploy":
      return deploy();
    default:
      return fail(`Unknown arguments: ${command}`);
  }
}

function d1(name: string, k: number) {
  const uuid = `11111111-2222-4333-8444-00000000000${k}`;
  return {
    uuid,
    name,
    version: "production",
    num_tables: 0,
    file_size: 12_288,
    jurisdiction: null,
  };
}

function kvId(k: number): string {
  return `c0ffee0000000000000000000000000${k}`;
}

function whoami(): void {
  const loggedIn = account.accounts.length > 0;
  if (!loggedIn) process.exitCode = 1;
  const who = { authType: "OAuth Token", email: "dev@example.com", accounts: account.accounts };
  print({ loggedIn, ...(loggedIn ? who : {}) });
}

function queueTable(): string {
  if (account.queues.length === 0) return "";
  return [
    "┌────┬────────────────┬───────────┐",
    "│ id │ name           │ producers │",
    "├────┼────────────────┼───────────┤",
    ...account.queues.map((queue, k) => `│ q${k} │ ${queue.padEnd(14)} │ 0         │`),
    "└────┴────────────────┴───────────┘",
  ].join("\n");
}

function create(list: string[], name: string, taken: string): void {
  if (list.includes(name)) return fail(taken);
  list.push(name);
  console.log(`✅ Created ${name}`);
}

function deploy(): void {
  if (args.includes("--dry-run")) return console.log("--dry-run: exiting now.");
  const sent = readGiven(values["secrets-file"]);
  const added = ["SIGNING_KEY", "ADMIN_TOKEN"].filter((name) => sent?.includes(`"${name}"`));
  account.secrets = [...(account.secrets ?? []), ...added];
  const results = process.env["WRANGLER_OUTPUT_FILE_PATH"] ?? "";
  const targets = [account.address, "schedule: * * * * *", "Producer for skein-fanout-0"];
  appendFileSync(results, `${JSON.stringify({ type: "wrangler-session", version: 1 })}\n`);
  appendFileSync(results, `${JSON.stringify({ type: "deploy", version: 1, targets })}\n`);
  console.log(`Deployed skein triggers (0.02 sec)\n  ${account.address}`);
}

function print(value: unknown): void {
  console.log(JSON.stringify(value, null, 2));
}

function fail(message: string): void {
  console.error(`✘ [ERROR] ${message}`);
  process.exitCode = 1;
}
