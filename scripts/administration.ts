/** Arguments of the commands that administrate a running Skein. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readDevVars } from "./dev/secrets.ts";
import { CommandError, ROOT } from "./project.ts";
import { SkeinClient } from "./skein-client.ts";

const DEFAULT_URL = "http://localhost:8787";

/** What a command is to do, to which Skein, with which right. */
export interface Administration<Action> {
  client: SkeinClient;
  token: string;
  action: Action;
}

/**
 * Reads `<action> [--url <origin>] [--token <ADMIN_TOKEN>]`; the token may stand in the environment
 * or in .dev.vars. @throws CommandError with the usage
 */
export async function readAdministration<Action extends string>(
  command: string,
  actions: readonly Action[],
): Promise<Administration<Action>> {
  const usage = `Usage: ${command} -- ${actions.join("|")} [--url <origin>] [--token <ADMIN_TOKEN>]`;
  const { values, positionals } = parse(usage);
  const [asked, ...more] = positionals;
  const action = actions.find((known) => known === asked);
  if (action === undefined || more.length > 0) throw new CommandError(usage);
  const { client, token } = await openAdministration(values, usage);
  return { client, token, action };
}

/** Where a running Skein is, and the right to administrate it. @throws CommandError with the usage */
export async function openAdministration(
  values: { url?: string | null; token?: string | null },
  usage: string,
): Promise<{ client: SkeinClient; token: string }> {
  const token =
    values.token ??
    process.env["ADMIN_TOKEN"] ??
    (await readDevVars(join(ROOT, ".dev.vars")))["ADMIN_TOKEN"];
  if (token === undefined || token === "") {
    throw new CommandError(`There is no ADMIN_TOKEN in the environment or .dev.vars.\n${usage}`);
  }
  return { client: new SkeinClient(values.url ?? DEFAULT_URL), token };
}

function parse(usage: string) {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { url: { type: "string" }, token: { type: "string" } },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${usage}`);
  }
}
