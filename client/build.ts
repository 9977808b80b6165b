/** `npm run client:build` builds the package into client/dist. It fails above the package's budget. */
import { CommandError, runCommand } from "../scripts/project.ts";
import { buildClient, CLIENT_MAX_KIB } from "./package.ts";

await runCommand(async () => {
  const kib = await buildClient();
  const said = `The client has ${kib.toFixed(1)} KiB, gzipped; the budget is ${CLIENT_MAX_KIB} KiB.`;
  if (kib > CLIENT_MAX_KIB) throw new CommandError(said);
  console.log(said);
});
