/** Arguments of the commands that administer a running Skein. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readDevVars } from "./dev/secrets.ts";
import { CommandError, ROOT } from "./project.ts";
import type { SkeinAdministration } from "../client/src/skein-client.ts";
import { administrationAt } from "./clients.ts";

export const DEFAULT_URL = "http://localhost:8787";

/** An action of a command, and a client with the ADMIN_TOKEN. */
export interface Administration<Action> {
  administration: SkeinAdministration;
  action: Action;
  /** What the action is about; empty if the command asks for nothing. */
  name: string;
}

/**
 * Reads `<action> [<name>] [--url <origin>] [--token <ADMIN_TOKEN>]`. Without the flag, the token comes from the
 * environment or from .dev.vars.
 * @param wanted what the command calls the name; null if it has none
 * @throws CommandError with the usage
 */
export async function readAdministration<Action extends string>(
  command: string,
  actions: readonly Action[],
  wanted: string | null = null,
): Promise<Administration<Action>> {
  const usage = `Usage: ${command} -- ${[actions.join("|"), ...(wanted === null ? [] : [wanted])].join(" ")} [--url <origin>] [--token <ADMIN_TOKEN>]`;
  const { values, positionals } = parse(usage);
  const [asked, name = "", ...more] = positionals;
  const action = actions.find((known) => known === asked);
  const isComplete = (wanted === null) === (name === "");
  if (action === undefined || !isComplete || more.length > 0) throw new CommandError(usage);
  const administration = administrationAt(values.url, await adminToken(values.token, usage));
  return { administration, action, name };
}

/** The token from the flag, the environment or .dev.vars. @throws CommandError if none has it */
export async function adminToken(given: string | undefined, usage: string): Promise<string> {
  const token =
    given ??
    process.env["ADMIN_TOKEN"] ??
    (await readDevVars(join(ROOT, ".dev.vars")))["ADMIN_TOKEN"];
  if (token !== undefined && token !== "") return token;
  throw new CommandError(`Neither the environment nor .dev.vars has an ADMIN_TOKEN.\n${usage}`);
}

function parse(usage: string) {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { url: { type: "string", default: DEFAULT_URL }, token: { type: "string" } },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : ""}\n${usage}`);
  }
}
