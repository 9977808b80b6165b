/**
 * `npm run demo -- <flags of wrangler dev>`: the development server with a world in it. It fills an
 * empty world with made-up people and weeks of history over a real follow graph; then people post, read
 * and react until the demo stops. Flags of its own:
 *
 * --graph FILE   who follows whom: lines "a b"; with --mutual each pair follows each other
 * --trace FILE   activity: lines "actor target seconds RT|RE|MT"; most of it becomes the history, and the
 *                rest happens live
 */
import { relative } from "node:path";
import { orThrow } from "../client/src/errors.ts";
import { administrationAt, skeinAt } from "./clients.ts";
import { perform } from "./demo/acts.ts";
import { fillWorld, isFilled, openDemoAccounts } from "./demo/fill.ts";
import { readDemoOptions } from "./demo/options.ts";
import { bringOnline } from "./demo/players.ts";
import { readSources, type Sources } from "./demo/sources.ts";
import { welcome } from "./demo/welcome.ts";
import { DEMO_PEOPLE } from "./demo/world.ts";
import { readDevFlags } from "./dev/flags.ts";
import { type DevServer, startDev } from "./dev/start.ts";
import { MintedTokens } from "./minted-tokens.ts";
import { CommandError, ROOT, runCommand } from "./project.ts";

await runCommand(async () => {
  const options = readDemoOptions(process.argv.slice(2));
  const sources = await readSources(options, Date.now());
  const flags = readDevFlags(options.wrangler, ROOT);
  const threshold = `CELEBRITY_THRESHOLD:${sources.world.threshold}`;
  const server = await startDev({
    args: [
      ...options.wrangler,
      ...(flags.vars.has("CELEBRITY_THRESHOLD") ? [] : ["--var", threshold]),
    ],
    command: "npm run demo",
    quiet: true,
  });
  try {
    await live(server, sources, relative(ROOT, flags.persistTo));
  } catch (error) {
    // Calls that are under way fail when the demo stops, as they should.
    if (!server.stopped.aborted) {
      server.stop();
      await server.ended;
      throw error;
    }
  }
  process.exitCode = await server.ended;
});

async function live(
  { address, adminToken, stopped }: DevServer,
  { world, history, acts }: Sources,
  dataFolder: string,
): Promise<void> {
  if (adminToken === null || adminToken === "") {
    throw new CommandError("The demo needs an ADMIN_TOKEN in .dev.vars.");
  }
  const client = skeinAt(address, stopped);
  const administration = administrationAt(address, adminToken, stopped);
  const acting = { client, world, tokens: new MintedTokens(administration) };
  await openDemoAccounts(client);
  const filled = await isFilled(client, world);
  if (filled) console.log("The world is filled already, and stays as it is.");
  const pastIds = filled ? null : await fillWorld(administration, world, history);
  // The first read builds a timeline, so reading it here lets the page open at once.
  await Promise.all(
    DEMO_PEOPLE.map(async ({ handle }) => {
      // A world takes longer to fill than a token lives.
      const token = await acting.tokens.of(handle);
      return orThrow(await client.as(token).readTimeline().page());
    }),
  );
  console.log(welcome({ address, adminToken, dataFolder, world }));
  bringOnline(acting, stopped);
  await perform(acting, pastIds === null ? null : { acts, pastIds }, stopped);
}
