/**
 * `npm run model:put -- model.json` replaces the ranking model of a running Skein, without a deploy. The
 * command and the Worker both check the model first; pages use it within a minute.
 *
 * --url    origin of the Skein (http://localhost:8787)
 * --token  its ADMIN_TOKEN (by default from the environment, then from .dev.vars)
 */
import { parseArgs } from "node:util";
import { orThrow } from "../client/src/errors.ts";
import { adminToken, DEFAULT_URL } from "./administration.ts";
import { administrationAt } from "./clients.ts";
import { CommandError, runCommand } from "./project.ts";
import { readModel } from "./rank/model-file.ts";

const USAGE = "npm run model:put -- FILE.json [--url ORIGIN] [--token TOKEN]";

await runCommand(async () => {
  const { values, positionals } = read();
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw new CommandError(`Usage: ${USAGE}`);
  const model = await readModel(file);
  const token = await adminToken(values.token, USAGE);
  const administration = administrationAt(values.url, token);
  const { name } = orThrow(await administration.replaceModel(model));
  console.log(`Skein ranks with ${name} within a minute.`);
});

function read() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { url: { type: "string", default: DEFAULT_URL }, token: { type: "string" } },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\nUsage: ${USAGE}`);
  }
}
