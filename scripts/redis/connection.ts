/** The bridge's connection to Redis, which distinguishes replies by their type. */
import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";

/** A status is a string, a value its bytes. */
export type Reply = string | Uint8Array | number | null | Error | Reply[];

const RECONNECT_MS = 50;
/** Commands that would block the one connection, or change its protocol. */
const NOT_HERE = new Set([
  "SUBSCRIBE",
  "PSUBSCRIBE",
  "SSUBSCRIBE",
  "MONITOR",
  "BLPOP",
  "BRPOP",
  "MULTI",
  "EXEC",
  "WATCH",
  "HELLO",
  "SELECT",
  "QUIT",
]);

function connect(socket: { port: number } | { path: string }) {
  return createClient({
    socket: { ...socket, reconnectStrategy: () => RECONNECT_MS, keepAlive: true },
    RESP: 2,
    // A command that can't be sent now fails now, so that the caller can retry or give up.
    disableOfflineQueue: true,
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
}

export class RedisConnection {
  readonly #client: ReturnType<typeof connect>;

  constructor(socket: { port: number } | { path: string }) {
    this.#client = connect(socket);
    // The commands that fail report the error.
    this.#client.on("error", () => undefined);
  }

  async open(): Promise<void> {
    await this.#client.connect();
  }

  async close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy();
    await Promise.resolve();
  }

  /** Sends a command. @returns Redis's error as a value @throws if Redis does not answer */
  async send(command: readonly string[]): Promise<Reply> {
    const refused = refusal(command);
    if (refused !== null) return refused;
    try {
      return await this.#client.sendCommand<Reply>([...command]);
    } catch (error) {
      if (error instanceof ErrorReply) return error;
      throw error;
    }
  }

  /** Sends commands as one transaction. @returns the replies, or the error that undid all of them */
  async transaction(commands: readonly (readonly string[])[]): Promise<Reply[] | Error> {
    for (const command of commands) {
      const refused = refusal(command);
      if (refused !== null) return refused;
    }
    // One write to the connection, so that no other command comes between.
    const queued = [
      this.#client.sendCommand<Reply>(["MULTI"]),
      ...commands.map((command) => this.#client.sendCommand<Reply>([...command])),
    ];
    const done = this.#client.sendCommand<Reply>(["EXEC"]);
    const [, [outcome]] = await Promise.all([
      Promise.allSettled(queued),
      Promise.allSettled([done]),
    ]);
    if (outcome.status === "fulfilled") return Array.isArray(outcome.value) ? outcome.value : [];
    if (outcome.reason instanceof ErrorReply) return outcome.reason;
    throw outcome.reason;
  }
}

function refusal([name = ""]: readonly string[]): Error | null {
  if (!NOT_HERE.has(name.toUpperCase())) return null;
  return new Error(`ERR Command is not available: '${name}'`);
}
