/**
 * `npm run dev -- <flags of wrangler dev>`: Skein on this machine, with nothing else installed.
 * Builds the page, makes development secrets, migrates the local D1 shards, starts wrangler dev and runs
 * the cron handler. Data stays in .wrangler/state, or in the folder of `--persist-to`.
 */
import { startDev } from "./dev/start.ts";
import { runCommand } from "./project.ts";

await runCommand(async () => {
  const server = await startDev({
    args: process.argv.slice(2),
    command: "npm run dev",
    quiet: false,
  });
  console.log(`\nSkein is at ${server.address} (Ctrl-C stops it)\n`);
  process.exitCode = await server.ended;
});
