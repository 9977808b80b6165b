/**
 * A keep-alive connection that sends one request at a time. It parses as little as it must: `fetch`
 * would take as long as a floor does, and so hide a part of what is measured.
 */
import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { CommandError } from "../../scripts/project.ts";

/** A whole request, as it is sent. */
export type RawRequest = Buffer;

interface RequestHead {
  method?: string;
  path: string;
  token?: string;
  body?: string;
}

/** Makes a request that can be sent often. @param origin any; the connection decides where it goes */
export function rawRequest({ method = "GET", path, token, body }: RequestHead): RawRequest {
  const lines = [`${method} ${path} HTTP/1.1`, "host: bench.test"];
  if (token !== undefined) lines.push(`authorization: Bearer ${token}`);
  if (body !== undefined) lines.push("content-type: application/json");
  if (method !== "GET") lines.push(`content-length: ${Buffer.byteLength(body ?? "")}`);
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
}

const HEAD_END = "\r\n\r\n";
/** The end of a chunked body. It cannot be inside, because answers are JSON in one line. */
const CHUNKED_END = Buffer.from("\r\n0\r\n\r\n");

/** workerd closes a connection that is idle for five seconds. */
const IDLE_MAX_MS = 2_000;

interface Waiting {
  resolve: (answer: Buffer) => void;
  reject: (error: Error) => void;
}

export class Connection {
  readonly #url: URL;
  #socket: Socket | null = null;
  #usedMs = 0;
  #received: Buffer[] = [];
  #length = 0;
  /** The length of the whole answer; null until its head has come, or while it is chunked. */
  #expected: number | null = null;
  #chunked = false;
  #waiting: Waiting | null = null;

  constructor(url: URL) {
    this.#url = url;
  }

  /** Sends a request and waits for the whole answer. @throws CommandError unless it is a success */
  async send(request: RawRequest): Promise<Buffer> {
    const startMs = performance.now();
    let socket = this.#socket;
    if (socket === null || startMs - this.#usedMs > IDLE_MAX_MS) socket = await this.#open();
    const sent = socket;
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      sent.write(request);
    });
    this.#usedMs = performance.now();
    // "HTTP/1.1 200": the status begins at byte 9, and that of a success with 2.
    if (answer[9] === 0x32) return answer;
    throw new CommandError(
      `A request of the bench failed:\n${request.toString()}\n${answer.toString()}`,
    );
  }

  async #open(): Promise<Socket> {
    this.close();
    const socket = connect(Number(this.#url.port), this.#url.hostname);
    await once(socket, "connect");
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the Worker closed a connection")));
    this.#socket = socket;
    return socket;
  }

  close(): void {
    this.#socket?.removeAllListeners("close");
    this.#socket?.destroy();
    this.#socket = null;
  }

  #receive(bytes: Buffer): void {
    this.#received.push(bytes);
    this.#length += bytes.length;
    if (this.#expected === null && !this.#chunked) this.#readHead();
    const isWhole = this.#chunked
      ? Buffer.concat(this.#received).subarray(-CHUNKED_END.length).equals(CHUNKED_END)
      : this.#expected !== null && this.#length >= this.#expected;
    if (isWhole) this.#answer();
  }

  #readHead(): void {
    const text = Buffer.concat(this.#received).toString("latin1");
    const end = text.indexOf(HEAD_END);
    if (end === -1) return;
    const head = text.slice(0, end);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#chunked = /\r\ntransfer-encoding: *chunked/i.test(head);
    if (!this.#chunked) this.#expected = end + HEAD_END.length + Number(length ?? 0);
  }

  #answer(): void {
    const answer = Buffer.concat(this.#received);
    this.#received = [];
    this.#length = 0;
    this.#expected = null;
    this.#chunked = false;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(answer);
  }

  #fail(error: Error): void {
    this.#socket = null;
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

/** The body of a whole answer with a length. */
export function bodyOf(answer: Buffer): string {
  const text = answer.toString();
  return text.slice(text.indexOf(HEAD_END) + HEAD_END.length);
}
