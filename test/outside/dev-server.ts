/** `npm run dev` in its own processes, which a test can kill as a power cut would. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort, portIsFree } from "../../scripts/dev/port.ts";
import { emptyStore, STORE_VARS } from "./chosen-store.ts";

const ROOT = join(import.meta.dirname, "../..");
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

export class DevServer {
  readonly address: string;
  readonly #port: number;
  readonly #data: string;
  #process: ChildProcess | null = null;
  #output = "";

  private constructor(port: number, data: string) {
    this.#port = port;
    this.#data = data;
    this.address = `http://localhost:${port}`;
  }

  /** Starts a server on a free port. @param data the folder of its databases, which restarts keep */
  static async start(data: string): Promise<DevServer> {
    await emptyStore();
    const server = new DevServer(await freePort(), data);
    await server.start();
    return server;
  }

  /** Starts the server, or restarts it with the same port and data. Resolves once it answers. */
  async start(): Promise<void> {
    const vars = Object.entries(STORE_VARS).flatMap(([name, value]) => [
      "--var",
      `${name}:${value}`,
    ]);
    const flags = ["--port", String(this.#port), "--persist-to", this.#data, ...vars];
    // A process group of its own, so that one signal kills all its processes.
    this.#process = spawn(process.execPath, ["scripts/dev.ts", ...flags], {
      cwd: ROOT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stdout?.on("data", (text) => (this.#output += String(text)));
    this.#process.stderr?.on("data", (text) => (this.#output += String(text)));
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!this.#output.includes("Skein is at")) {
      if (Date.now() > deadline) throw new Error(`the server did not start:\n${this.#output}`);
      await sleep(POLL_MS);
    }
    this.#output = "";
  }

  /** `kill -9` of all processes at once: nothing is finished, flushed or closed. */
  kill(): Promise<void> {
    return this.#end("SIGKILL");
  }

  stop(): Promise<void> {
    return this.#end("SIGTERM");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running?.pid === undefined || running.exitCode !== null) return;
    const exited = once(running, "exit");
    process.kill(-running.pid, signal);
    await exited;
    while (!(await portIsFree(this.#port, "localhost"))) await sleep(POLL_MS);
  }
}
