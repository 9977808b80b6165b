/**
 * `npm run deploy -- <flags of wrangler deploy>`: puts Skein on Cloudflare with wrangler alone. It
 * makes what the account lacks, migrates every D1 shard, deploys, and asks the result how it is.
 *
 * `--check` only says what is missing and how to make it; `--dry-run` needs no account.
 */
import { deploy } from "./deploy/deploy.ts";
import { buildPage } from "./page.ts";
import { ROOT, runCommand, WRANGLER } from "./project.ts";

/** A new workers.dev address is there within a minute, as a rule. */
const HEALTH_TIMEOUT_MS = 90_000;

await runCommand(() =>
  deploy({
    args: process.argv.slice(2),
    program: WRANGLER,
    root: ROOT,
    env: process.env,
    print: (text) => process.stdout.write(text),
    buildPage,
    healthTimeoutMs: HEALTH_TIMEOUT_MS,
  }),
);
