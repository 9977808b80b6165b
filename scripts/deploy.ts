/**
 * `npm run deploy -- <flags of wrangler deploy>`: puts Skein on Cloudflare with wrangler alone. It
 * creates the resources that the account lacks, migrates every D1 shard, deploys, and checks the health
 * of the result.
 *
 * `--check` only lists the missing resources and how to create them; `--dry-run` needs no account.
 */
import { deploy } from "./deploy/deploy.ts";
import { buildPage } from "./page.ts";
import { ROOT, runCommand, WRANGLER } from "./project.ts";

/** A new workers.dev address usually answers within a minute. */
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
