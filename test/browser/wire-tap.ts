/**
 * What goes over the wire between a browser and a server, byte for byte: also what a page sends while
 * it is being left, which nothing in the browser tells of any more.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface WireTap {
  /** An address that leads to the same server. */
  readonly address: string;
  /** Bodies of all requests so far with that method and path. */
  bodies(method: string, path: string): string[];
  /** Statuses of the answers to them. */
  statuses(method: string, path: string): number[];
  close(): Promise<void>;
}

/** One connection as it was heard; requests on it follow one another. */
interface Heard {
  sent: string;
  answered: string;
}

/** Listens between a client and the server at `address`. */
export async function tapWire(address: string): Promise<WireTap> {
  const { hostname, port } = new URL(address);
  const heard: Heard[] = [];
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const connection = { sent: "", answered: "" };
    heard.push(connection);
    const upstream = connect(Number(port), hostname);
    client.on("data", (bytes) => (connection.sent += bytes.toString("latin1")));
    upstream.on("data", (bytes) => (connection.answered += bytes.toString("latin1")));
    client.pipe(upstream).pipe(client);
    for (const socket of [client, upstream]) {
      open.add(socket);
      // A browser hangs up as it likes, and then the other side is told.
      socket
        .on("error", () => {})
        .on("close", () => {
          client.destroy();
          upstream.destroy();
          open.delete(socket);
        });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = server.address();
  if (own === null || typeof own === "string") throw new Error("the tap has no port");
  const requests = (): { line: string; body: string; status: number }[] =>
    heard.flatMap(({ sent, answered }) => {
      const statuses = [...answered.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, code]) =>
        Number(code),
      );
      return [...requestsIn(sent)].map((request, n) => ({ ...request, status: statuses[n] ?? 0 }));
    });
  return {
    address: `http://127.0.0.1:${own.port}`,
    bodies: (method, path) =>
      requests()
        .filter(({ line }) => line.startsWith(`${method} ${path} `))
        .map(({ body }) => body),
    statuses: (method, path) =>
      requests()
        .filter(({ line }) => line.startsWith(`${method} ${path} `))
        .map(({ status }) => status),
    async close() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function* requestsIn(sent: string): Generator<{ line: string; body: string }> {
  let at = 0;
  for (;;) {
    const headEnd = sent.indexOf("\r\n\r\n", at);
    if (headEnd === -1) return;
    const head = sent.slice(at, headEnd);
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    const body = sent.slice(headEnd + 4, headEnd + 4 + length);
    if (body.length < length) return;
    yield { line: head.slice(0, head.indexOf("\r\n")), body };
    // A WebSocket's frames follow no longer what HTTP says.
    if (/^upgrade: websocket/im.test(head)) return;
    at = headEnd + 4 + length;
  }
}
