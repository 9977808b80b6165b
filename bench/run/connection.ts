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

interface Waiting {
  resolve: (answer: Buffer) => void;
  reject: (error: Error) => void;
}

export class Connection {
  readonly #socket: Socket;
  #received: Buffer[] = [];
  #length = 0;
  /** The length of the whole answer; null until its head has come, or while it is chunked. */
  #expected: number | null = null;
  #chunked = false;
  #waiting: Waiting | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#receive(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("the Worker closed a connection")));
  }

  static async open(url: URL): Promise<Connection> {
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, "connect");
    return new Connection(socket);
  }

  /** Sends a request and waits for the whole answer. @throws CommandError unless it is a success */
  async send(request: RawRequest): Promise<Buffer> {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
    // "HTTP/1.1 200": the status is in bytes 9 to 11, and a success begins with 2.
    if (answer[9] === 0x32) return answer;
    throw new CommandError(
      `A request of the bench failed:\n${request.toString()}\n${answer.toString()}`,
    );
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
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
    this.#waiting?.reject(error);
    this.#waiting = null;
  }
}

/** The body of a whole answer with a length. */
export function bodyOf(answer: Buffer): string {
  const text = answer.toString();
  return text.slice(text.indexOf(HEAD_END) + HEAD_END.length);
}
