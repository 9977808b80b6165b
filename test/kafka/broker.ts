/**
 * A Kafka broker for tests: librdkafka's mock broker inside kcat. It speaks the real protocol and keeps
 * its log in memory. A test can hang it, as if it were down, and resume it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { execa } from "execa";
import { type KafkaBridge, startKafkaBridge } from "../../scripts/kafka-bridge/bridge.ts";

const START_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** The path of kcat, from KCAT or from the PATH; null if it is not installed. */
export function findKcat(): string | null {
  const named = process.env["KCAT"];
  if (named !== undefined) return existsSync(named) ? named : null;
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/bin"];
  return folders.map((folder) => join(folder, "kcat")).find((path) => existsSync(path)) ?? null;
}

/** A record as a consumer reads it. */
export interface ConsumedRecord {
  partition: number;
  offset: number;
  key: string;
  value: string;
}

export class Broker {
  readonly address: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, address: string) {
    this.#process = child;
    this.address = address;
  }

  static async start(): Promise<Broker> {
    const flags = ["-b", "mock", "-P", "-t", "nothing"];
    const mock = ["-X", "test.mock.num.brokers=1", "-X", "debug=mock"];
    // The mock broker runs until its standard input closes.
    const child = spawn(findKcat() ?? "kcat", [...flags, ...mock], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    let output = "";
    child.stderr.on("data", (text) => {
      if (output.length < 10_000) output += String(text);
    });
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      const address = /bootstrap\.servers=(\S+)/.exec(output)?.[1];
      if (address !== undefined) return new Broker(child, address);
      if (Date.now() > deadline) throw new Error(`the broker did not start: ${output}`);
      await sleep(POLL_MS);
    }
  }

  /** Stops answering, and keeps its data. */
  hang(): void {
    this.#process.kill("SIGSTOP");
  }

  /** Answers again after `hang`. */
  resume(): void {
    this.#process.kill("SIGCONT");
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }

  /** Reads all records of a topic, as a consumer does. */
  async read(topic: string): Promise<ConsumedRecord[]> {
    const from = ["-C", "-b", this.address, "-t", topic, "-o", "beginning", "-e", "-q"];
    const { stdout } = await execa(findKcat() ?? "kcat", [...from, "-f", "%p\\t%o\\t%k\\t%s\\n"]);
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [partition = "", offset = "", key = "", ...value] = line.split("\t");
        return {
          partition: Number(partition),
          offset: Number(offset),
          key,
          value: value.join("\t"),
        };
      });
  }
}

/** Starts a bridge to a broker, on a free port. */
export function startBridgeTo(
  { address }: Broker,
  credentials: { username: string; password: string },
): Promise<KafkaBridge> {
  return startKafkaBridge({
    ...credentials,
    brokers: [address],
    host: "127.0.0.1",
    port: 0,
    connection: { autocreateTopics: true },
  });
}
