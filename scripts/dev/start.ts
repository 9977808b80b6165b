/** Starts the development server, for `npm run dev` and `npm run demo`. */
import { dirname, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CommandError, ROOT } from "../project.ts";
import { readWranglerConfig, type WranglerConfig } from "../wrangler-config.ts";
import { type DevFlags, readDevFlags } from "./flags.ts";
import { lockFolder } from "./folder-lock.ts";
import { kafkaVars } from "./kafka.ts";
import { migrateLocally } from "./migrations.ts";
import { bringPageUpToDate } from "../page.ts";
import { whenNpmIsGone } from "./parents.ts";
import { DEFAULT_PORT, portIsFree } from "./port.ts";
import { addMissingSecrets, readDevVars } from "./secrets.ts";
import { sweepRegularly } from "./sweep.ts";
import { upstashVars } from "./upstash.ts";
import { startWranglerDev } from "./wrangler-dev.ts";

const READY_POLL_MS = 100;

export interface DevServer {
  /** Origin of the page and the API. */
  address: string;
  /** The ADMIN_TOKEN; null if .dev.vars has an empty one. */
  adminToken: string | null;
  /** Aborted when the server begins to stop. */
  stopped: AbortSignal;
  /** Ends everything. */
  stop(): void;
  /** Resolves with the exit code when every process has ended. */
  ended: Promise<number>;
}

interface Options {
  /** Flags for wrangler. */
  args: readonly string[];
  /** The command as typed, for advice. */
  command: string;
  /** Prints only errors, instead of every request. */
  quiet: boolean;
}

/** Builds, migrates and starts; resolves when the server answers. @throws CommandError with advice */
export async function startDev({ args, command, quiet }: Options): Promise<DevServer> {
  const flags = readDevFlags(args, ROOT);
  const config = readWranglerConfig(flags.config);
  const port = flags.port ?? config.dev.port ?? DEFAULT_PORT;
  await assertPortIsFree(flags, port, command);
  await assertFolderIsFree(flags, port, command);
  const varsPath = join(dirname(flags.config), ".dev.vars");
  const known = { ...knownVars(config), ...(await readDevVars(varsPath)) };
  const services = new Map([
    ...(await upstashVars(flags.vars, known)),
    ...(await kafkaVars(flags.vars, known)),
  ]);
  await Promise.all([
    bringPageUpToDate(() => say("Building the page …")),
    writeSecrets(varsPath),
    migrate(flags, config.d1_databases.length, () =>
      migrateLocally(config, flags.config, flags.persistTo),
    ),
  ]);
  say("Starting the Worker …");
  const wrangler = startWranglerDev(wranglerArgs(args, flags, quiet), services);
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    wrangler.stop();
  };
  stopWithOthers(stop, stopping.signal);
  const ended = wrangler.ended.finally(() => stopping.abort());
  const address = addressOf(await wrangler.ready);
  await answers(address, stopping.signal);
  void sweepRegularly(address, stopping.signal);
  const { ADMIN_TOKEN } = await readDevVars(varsPath);
  return { address, adminToken: ADMIN_TOKEN ?? null, stopped: stopping.signal, stop, ended };
}

async function assertPortIsFree(flags: DevFlags, port: number, command: string): Promise<void> {
  if (await portIsFree(port, flags.ip ?? "localhost")) return;
  throw new CommandError(
    `Port ${port} is taken, perhaps by another Skein. Stop that one, or choose another port and a data\n` +
      `folder of its own:\n  ${another(command, port)}`,
  );
}

async function assertFolderIsFree(flags: DevFlags, port: number, command: string): Promise<void> {
  if (await lockFolder(flags.persistTo)) return;
  throw new CommandError(
    `Another Skein uses the data in ${relative(ROOT, flags.persistTo)}. Stop that one, or choose another\n` +
      `folder and port:\n  ${another(command, port)}`,
  );
}

/** The command for a second server beside one on this port. */
function another(command: string, port: number): string {
  return `${command} -- --port ${port + 1} --persist-to .wrangler/state-${port + 1}`;
}

async function writeSecrets(path: string): Promise<void> {
  const added = await addMissingSecrets(path);
  if (added.length === 0) return;
  say(`Made ${added.join(" and ")} for development, in ${relative(ROOT, path)} (not in git)`);
}

async function migrate(flags: DevFlags, shards: number, run: () => Promise<number>) {
  const applied = await run();
  if (applied === 0) return;
  const place = relative(ROOT, flags.persistTo);
  say(`Applied ${applied} migrations to ${shards} D1 shards, in ${place}`);
}

/** The variables of the configuration and of .dev.vars. */
function knownVars({ vars }: WranglerConfig): NodeJS.Dict<string> {
  const { STORE: _, EXPORT: __, ...environment } = process.env;
  const written = Object.entries(vars).flatMap(([name, value]): [string, string][] =>
    typeof value === "string" ? [[name, value]] : [],
  );
  return { ...Object.fromEntries(written), ...environment };
}

/** The user's flags, and the defaults that they leave open. */
function wranglerArgs(args: readonly string[], flags: DevFlags, quiet: boolean): string[] {
  return [
    ...args,
    ...(flags.vars.has("RATE_LIMITS") ? [] : ["--var", "RATE_LIMITS:off"]),
    ...(quiet && !flags.setsLogLevel ? ["--log-level", "error"] : []),
  ];
}

/** Ends everything on Ctrl-C, on a signal, and when the npm that started this command ends. */
function stopWithOthers(stop: () => void, stopped: AbortSignal): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);
  whenNpmIsGone(stop, stopped);
}

function addressOf({ host, port }: { host: string; port: number }): string {
  const everywhere = ["0.0.0.0", "::", "[::]", "*"].includes(host);
  return `http://${everywhere ? "localhost" : host}:${port}`;
}

/** Waits until the Worker answers, because wrangler is ready before its runtime. */
async function answers(address: string, stopped: AbortSignal): Promise<void> {
  while (!stopped.aborted) {
    const status = await fetch(`${address}/healthz`, { signal: stopped }).then(
      (answer) => answer.status,
      () => null,
    );
    if (status === 200) return;
    if (status !== null) {
      say(`The Worker answers /healthz with ${status}; see its output above.`);
      return;
    }
    await sleep(READY_POLL_MS);
  }
  throw new CommandError("Stopped before the Worker answered.");
}

function say(line: string): void {
  console.log(line);
}
