/**
 * `npm run demo -- <flags of wrangler dev>`: the development server with a world in it. It fills an
 * empty world with made-up people and posts over a real follow graph; then people keep posting until
 * the demo stops.
 */
import {
  openDemoAccounts,
  HISTORY_POSTS,
  importFollows,
  importPeople,
  isFilled,
  postHistory,
} from "./demo/fill.ts";
import { loadFollowGraph } from "./demo/graph.ts";
import { MintedTokens } from "./minted-tokens.ts";
import { trickle } from "./demo/trickle.ts";
import { DEMO_PEOPLE, makeWorld, type World } from "./demo/world.ts";
import { type DevServer, startDev } from "./dev/start.ts";
import { CommandError, runCommand } from "./project.ts";
import { orThrow } from "../client/src/errors.ts";
import { administrationAt, skeinAt } from "./clients.ts";

const WORLD_SEED = 1;

await runCommand(async () => {
  const server = await startDev({
    args: process.argv.slice(2),
    command: "npm run demo",
    quiet: true,
  });
  const world = makeWorld(await loadFollowGraph(), WORLD_SEED);
  try {
    await live(server, world);
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

async function live(server: DevServer, world: World): Promise<void> {
  const { adminToken, stopped } = server;
  if (adminToken === null || adminToken === "") {
    throw new CommandError("The demo needs an ADMIN_TOKEN in .dev.vars.");
  }
  const client = skeinAt(server.address, stopped);
  const administration = administrationAt(server.address, adminToken, stopped);
  const tokens = new MintedTokens(administration);
  await openDemoAccounts(client);
  const filling = { client, administration, world, tokens };
  const welcome = async () => {
    // The first read builds a timeline, so reading it here lets the page open at once.
    await Promise.all(
      DEMO_PEOPLE.map(async ({ handle }) => {
        const token = await tokens.of(handle);
        return orThrow(await client.as(token).readTimeline().page());
      }),
    );
    printWelcome(server.address);
    void trickle(filling, stopped);
  };
  if (await isFilled(client, world)) {
    console.log("The world is filled already, and stays as it is.");
    await welcome();
    return;
  }
  const follows = world.readers.reduce(
    (sum, own) => sum + (world.following.get(own)?.length ?? 0),
    0,
  );
  console.log(
    `Filling the world: ${world.people.length.toLocaleString("en")} accounts, ` +
      `${follows.toLocaleString("en")} follows, ${HISTORY_POSTS.toLocaleString("en")} posts`,
  );
  await importPeople(filling);
  await postHistory(filling);
  await importFollows(filling, welcome);
}

function printWelcome(address: string): void {
  const lines = DEMO_PEOPLE.map(
    ({ handle, name, password }) => `  ${handle.padEnd(8)}${password.padEnd(18)}${name}`,
  );
  console.log(
    `\nSkein is at ${address} (Ctrl-C stops it). Sign in as one of these, or as several in\n` +
      `windows of their own:\n\n  ${"handle".padEnd(8)}password\n${lines.join("\n")}\n`,
  );
}
