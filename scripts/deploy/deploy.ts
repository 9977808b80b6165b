/** Puts Skein on Cloudflare, step by step; skips the steps that are done. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { CommandError } from "../project.ts";
import { SECRET_MAKERS } from "../secrets.ts";
import { readWranglerConfig, type WranglerConfig } from "../wrangler-config.ts";
import { type CloudflareResources, readResources, whoIsLoggedIn } from "./cloudflare-resources.ts";
import { waitForHealth } from "./health.ts";
import {
  lifecycleRules,
  missingResources,
  missingSecrets,
  type Resource,
  trainingBucket,
  withAccountIds,
} from "./resources.ts";
import { Wrangler } from "./wrangler.ts";

/** wrangler.toml with this account's ids. Every deploy writes it again; git ignores it. */
const DEPLOY_CONFIG = "wrangler.deploy.jsonc";
const AGAIN = "Then run npm run deploy again: it repeats no finished step.";

export interface DeployOptions {
  /** Flags after `npm run deploy --`: `--check` is this script's, the others are wrangler's. */
  args: readonly string[];
  /** wrangler's script. */
  program: string;
  /** The folder with wrangler.toml. */
  root: string;
  env: NodeJS.ProcessEnv;
  print: (text: string) => void;
  buildPage: () => Promise<void>;
  /** How long the new address may take to answer. */
  healthTimeoutMs: number;
}

interface Step extends DeployOptions {
  wrangler: Wrangler;
  config: WranglerConfig;
  say: (line: string) => void;
}

/** Deploys, or with `--check` lists what is missing. @throws CommandError that says what to do */
export async function deploy(options: DeployOptions): Promise<void> {
  const step: Step = {
    ...options,
    wrangler: new Wrangler(options),
    config: readWranglerConfig(join(options.root, "wrangler.toml")),
    say: (line) => options.print(`${line}\n`),
  };
  const flags = options.args.filter((flag) => flag !== "--check");
  if (flags.includes("--dry-run")) return dryRun(step, flags);

  const account = await lookAround(step);
  const missing = missingResources(step.config, account);
  for (const { title } of missing) step.say(`  missing: ${title}`);
  if (missing.length === 0) step.say("  nothing is missing");
  if (flags.length < options.args.length) return check(step, missing);

  await createAll(step, missing);
  await writeConfig(step, account, missing);
  await expireTrainingLog(step, trainingBucket(step.config, account));
  step.say("Building the page …");
  await options.buildPage();
  await migrateAll(step);
  const address = await upload(step, flags, missingSecrets(account));
  await checkHealth(step, address);
}

async function dryRun({ buildPage, say, wrangler }: Step, flags: readonly string[]): Promise<void> {
  say("Building the page …");
  await buildPage();
  say("Bundling the Worker, without an account …");
  const bundled = await wrangler.show(["deploy", "--config", "wrangler.toml", ...flags]);
  if (!bundled) throw new CommandError("The Worker does not bundle; see wrangler's output above.");
}

async function lookAround({ wrangler, config, env, say }: Step): Promise<CloudflareResources> {
  say("Checking the login …");
  const configured = z.string().safeParse(config["account_id"]);
  const chosen = env["CLOUDFLARE_ACCOUNT_ID"] ?? (configured.success ? configured.data : null);
  say(`  ${await whoIsLoggedIn(wrangler, chosen)}`);
  say("Looking up the resources of wrangler.toml …");
  return readResources(wrangler);
}

function check({ say }: Step, missing: readonly Resource[]): void {
  if (missing.length === 0) return;
  say("npm run deploy creates these. By hand:");
  for (const { byHand } of missing) say(`  ${byHand}`);
  throw new CommandError(`${missing.length} resources are missing.`);
}

async function createAll({ wrangler, say }: Step, missing: readonly Resource[]): Promise<void> {
  for (const { title, create } of missing) {
    if (create === null) continue;
    say(`Creating ${title} …`);
    const { exitCode, stdout, stderr } = await wrangler.ask(create);
    if (exitCode !== 0) {
      throw new CommandError(`wrangler did not create ${title}:\n${stderr || stdout}\n${AGAIN}`);
    }
  }
}

async function writeConfig(
  { wrangler, config, root, say }: Step,
  before: CloudflareResources,
  missing: readonly Resource[],
): Promise<void> {
  const account = missing.some(({ create }) => create !== null)
    ? await readResources(wrangler)
    : before;
  const filled = JSON.stringify(withAccountIds(config, account), null, 2);
  const header = "// Made by `npm run deploy` from wrangler.toml; changes here are overwritten.\n";
  await writeFile(join(root, DEPLOY_CONFIG), `${header}${filled}\n`);
  say(`Wrote ${DEPLOY_CONFIG}: wrangler.toml with your account's ids`);
}

/** Has R2 delete what is old in the training log's bucket. Without R2, the sweep does it in D1. */
async function expireTrainingLog({ wrangler, say }: Step, bucket: string | null): Promise<void> {
  if (bucket === null) {
    say("The account has no R2: the training log is in D1");
    return;
  }
  const folder = await mkdtemp(join(tmpdir(), "skein-deploy-"));
  try {
    const file = join(folder, "lifecycle.json");
    await writeFile(file, JSON.stringify(lifecycleRules()));
    say(`Setting how long ${bucket} keeps the training log …`);
    await wrangler.read(["r2", "bucket", "lifecycle", "set", bucket, "--file", file, "--force"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function migrateAll({ wrangler, config, say }: Step): Promise<void> {
  for (const { binding, database_name: name } of config.d1_databases) {
    say(`Migrating ${binding} (${name}) …`);
    const args = ["d1", "migrations", "apply", binding, "--remote", "--config", DEPLOY_CONFIG];
    if (await wrangler.show(args)) continue;
    throw new CommandError(
      `The migration of ${binding} failed, so nothing was deployed: the running Worker continues with ` +
        `the old tables.\nSee the error above, and which migrations have been applied:\n` +
        `  npx wrangler d1 migrations list ${binding} --remote --config ${DEPLOY_CONFIG}\n${AGAIN}`,
    );
  }
}

const resultSchema = z.object({ type: z.literal("deploy"), targets: z.array(z.string()) });

/** Deploys, with the missing secrets in the same version. @returns the address, if it has one */
async function upload(
  { wrangler, say }: Step,
  flags: readonly string[],
  missing: readonly string[],
): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), "skein-deploy-"));
  try {
    const secrets = new Map(missing.map((name) => [name, SECRET_MAKERS.get(name)?.() ?? ""]));
    const secretsFile = join(folder, "secrets.json");
    await writeFile(secretsFile, JSON.stringify(Object.fromEntries(secrets)), { mode: 0o600 });
    if (secrets.size > 0) say(`Adding new secrets: ${missing.join(", ")}`);
    const adminToken = secrets.get("ADMIN_TOKEN");
    if (adminToken !== undefined) {
      say(`\n  ADMIN_TOKEN=${adminToken}\n\n  Keep it: it is not shown again.\n`);
    }
    say("Deploying …");
    const results = join(folder, "results.ndjson");
    const withSecrets = secrets.size > 0 ? ["--secrets-file", secretsFile] : [];
    const args = ["deploy", "--config", DEPLOY_CONFIG, ...withSecrets, ...flags];
    if (!(await wrangler.show(args, { WRANGLER_OUTPUT_FILE_PATH: results }))) {
      throw new CommandError(`The Worker was not deployed; see wrangler's output above. ${AGAIN}`);
    }
    return addressIn(await readFile(results, "utf8").catch(() => ""));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first address in wrangler's record of what it did. */
function addressIn(results: string): string | null {
  const lines = results.split("\n").filter(Boolean);
  const targets = lines.flatMap((line) => {
    const result = resultSchema.safeParse(JSON.parse(line));
    return result.success ? result.data.targets : [];
  });
  const address = targets.find((target) => /^https?:\/\//.test(target));
  const domain = targets.find((target) => target.endsWith(" (custom domain)"))?.split(" ")[0];
  return address ?? (domain === undefined ? null : `https://${domain}`);
}

async function checkHealth({ say, healthTimeoutMs }: Step, address: string | null): Promise<void> {
  if (address === null) {
    say("Deployed. wrangler printed no address; open /healthz of your route.");
    return;
  }
  say(`Checking ${address}/healthz …`);
  const health = await waitForHealth(address, healthTimeoutMs);
  if (health.version === null) {
    throw new CommandError(
      `Deployed, but ${address}/healthz is not healthy: ${health.problem}\n` +
        "A new address can take some minutes. If this lasts, read the Worker's log:\n" +
        `  npx wrangler tail --config ${DEPLOY_CONFIG}`,
    );
  }
  say(`\nSkein ${health.version} is at ${address}`);
}
