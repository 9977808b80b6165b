/** The common parts of the bridges' HTTP servers: listening, reading a body, refusing. */
import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { z } from "zod";

/** An error that becomes an HTTP answer. */
export class Refusal extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Makes a server listen. @returns its port; a `port` of 0 lets the system choose one */
export async function listen(server: Server, port: number, host: string): Promise<number> {
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the bridge has no port");
  return address.port;
}

/** A request's JSON body. @throws the result of `refuse` for more than `maxBytes`, or for invalid JSON */
export async function readJson(
  request: IncomingMessage,
  maxBytes: number,
  refuse: (why: "size" | "syntax") => Refusal,
): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const piece = Buffer.from(z.instanceof(Uint8Array).parse(chunk));
    bytes += piece.length;
    if (bytes > maxBytes) throw refuse("size");
    chunks.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw refuse("syntax");
  }
}
