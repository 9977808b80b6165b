/** Finds, starts and stops a redis-server on this machine. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;
/** The message of every Redis and Valkey that listens; the rest of the line differs by version. */
const READY = /ready to accept connections/i;

/** The path of redis-server: REDIS_SERVER, or a program on the path; null if there is none. */
export function findRedisServer(): string | null {
  const named = process.env["REDIS_SERVER"];
  if (named !== undefined) return existsSync(named) ? named : null;
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"];
  const found = folders
    .map((folder) => join(folder, "redis-server"))
    .find((path) => existsSync(path));
  return found ?? null;
}

export const INSTALL_ADVICE =
  "redis-server is not installed. On Debian and Ubuntu: apt-get install redis-server; " +
  "on a Mac: brew install redis.";

/** redis-server is missing, or did not start; the message says what to do. */
export class NoRedis extends Error {
  override readonly name = "NoRedis";
}

/** A running redis-server. */
export class RedisServer {
  readonly socket: string;
  readonly #flags: readonly string[];
  #process: ChildProcess | null = null;

  /**
   * @param data the folder of its data and its socket
   * @param flags further flags of redis-server
   */
  constructor(data: string, flags: readonly string[] = []) {
    this.socket = join(data, "redis.sock");
    // Every write is on disk before its answer, so that a killed server loses nothing.
    const keeping = ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""];
    this.#flags = ["--dir", data, "--port", "0", "--unixsocket", this.socket, ...keeping, ...flags];
  }

  /** Starts it, and resolves when it accepts connections. @throws NoRedis, with no process left */
  async start(timeoutMs = START_TIMEOUT_MS): Promise<void> {
    const program = findRedisServer();
    if (program === null) throw new NoRedis(INSTALL_ADVICE);
    const data = this.#flags[1] ?? ".";
    await mkdir(data, { recursive: true });
    const child = spawn(program, this.#flags, { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    let said = "";
    child.stdout.on("data", (text) => (said += String(text)));
    child.stderr.on("data", (text) => (said += String(text)));
    child.once("error", (error) => (said += error.message));
    // "close" comes after all output, unlike "exit".
    let closed = false;
    child.once("close", () => (closed = true));
    const deadline = Date.now() + timeoutMs;
    while (!READY.test(said)) {
      await sleep(POLL_MS);
      if (!closed && child.pid !== undefined && Date.now() <= deadline) continue;
      await this.stop("SIGKILL");
      throw new NoRedis(`redis-server did not start:\n${said}`);
    }
  }

  /** Stops it, and waits until it has ended. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill(signal);
    await exited;
  }

  /** Resolves with its exit code when it ends. */
  get ended(): Promise<number> {
    const child = this.#process;
    if (child === null) return Promise.resolve(0);
    return new Promise((resolve) => child.once("exit", (code) => resolve(code ?? 1)));
  }
}
