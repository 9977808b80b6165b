/** `npm run dev` as its users run it, and as a power cut ends it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { emptyStore, STORE_VARS } from "./chosen-store.ts";

const ROOT = join(import.meta.dirname, "../..");
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 100;

export class DevServer {
  readonly address: string;
  readonly #port: number;
  readonly #data: string;
  #process: ChildProcess | null = null;
  #said = "";

  private constructor(port: number, data: string) {
    this.#port = port;
    this.#data = data;
    this.address = `http://localhost:${port}`;
  }

  /** Starts a server on a free port. @param data where its databases are, over restarts too */
  static async start(data: string): Promise<DevServer> {
    await emptyStore();
    const server = new DevServer(await freePort(), data);
    await server.start();
    return server;
  }

  /** Starts it (again), on the same port and the same data; resolves when it answers. */
  async start(): Promise<void> {
    const vars = Object.entries(STORE_VARS).flatMap(([name, value]) => [
      "--var",
      `${name}:${value}`,
    ]);
    const flags = ["--port", String(this.#port), "--persist-to", this.#data, ...vars];
    // A group of its own, so that everything it starts can be killed at one stroke.
    this.#process = spawn(process.execPath, ["scripts/dev.ts", ...flags], {
      cwd: ROOT,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#process.stdout?.on("data", (text) => (this.#said += String(text)));
    this.#process.stderr?.on("data", (text) => (this.#said += String(text)));
    const deadline = Date.now() + START_TIMEOUT_MS;
    while (!this.#said.includes("Skein is at")) {
      if (Date.now() > deadline) throw new Error(`the server did not start:\n${this.#said}`);
      await sleep(POLL_MS);
    }
    this.#said = "";
  }

  /** `kill -9` of everything at once: nothing is finished, flushed or said good-bye to. */
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
    while (!(await isFree(this.#port))) await sleep(POLL_MS);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "localhost", () => probe.close(() => resolve(true)));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "localhost");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
