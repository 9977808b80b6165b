/** The clients of scripts: they wait while a Skein restarts, or asks them to. */
import {
  type ImportLine,
  orThrow,
  type Settings,
  Skein,
  SkeinAdministration,
} from "../client/src/skein-client.ts";
import { CommandError } from "./project.ts";

/** A server that reloads is back within a second or two; a rate limit lasts a minute. */
const PATIENCE = { attempts: 6, waitMaxMs: 120_000 };

function settingsOf(url: string, signal: AbortSignal | null): Settings {
  return {
    url,
    ...PATIENCE,
    ...(signal === null ? {} : { signal }),
    ...throughAccess(process.env),
  };
}

/** How requests pass Cloudflare Access, if the environment has a service token of it. */
function throughAccess(env: NodeJS.ProcessEnv): Pick<Settings, "fetch"> {
  const { CF_ACCESS_CLIENT_ID: id, CF_ACCESS_CLIENT_SECRET: secret } = env;
  if (id === undefined || secret === undefined) return {};
  return {
    fetch: (request) => {
      request.headers.set("cf-access-client-id", id);
      request.headers.set("cf-access-client-secret", secret);
      return fetch(request);
    },
  };
}

/** A client without a token; `as` gives one with. @param signal aborts all calls */
export function skeinAt(url: string, signal: AbortSignal | null = null): Skein {
  return new Skein(settingsOf(url, signal));
}

/** A client of an administrator. @param signal aborts all calls */
export function administrationAt(
  url: string,
  token: string,
  signal: AbortSignal | null = null,
): SkeinAdministration {
  return new SkeinAdministration({ ...settingsOf(url, signal), token });
}

/**
 * Imports lines that are all valid. @param onLines gets the number of finished lines
 * @param onId gets the id that a line, counted from 1, has made or found
 * @throws CommandError if one is not; SkeinError if the import stopped
 */
export async function importWhole(
  administration: SkeinAdministration,
  lines: readonly ImportLine[],
  onLines: (done: number) => void = () => undefined,
  onId: ((line: number, id: string) => void) | null = null,
): Promise<void> {
  const faults: string[] = [];
  const imported = await administration.importLines(
    lines,
    (answer) => {
      if ("lines" in answer) onLines(answer.lines);
      else if ("id" in answer) onId?.(answer.line, answer.id);
      else if ("error" in answer) faults.push(`line ${answer.line ?? "?"}: ${answer.error}`);
    },
    { ids: onId !== null },
  );
  orThrow(imported);
  if (faults.length > 0) throw new CommandError(`The import failed: ${faults[0]}`);
}
