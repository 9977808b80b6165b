/** A server on this machine in the place of a service that Skein calls. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface StandIn {
  /** Its origin. */
  origin: string;
  close: () => void;
}

/** Starts one. @param answer gets each request with its whole body */
export async function standIn(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<StandIn> {
  const server = createServer((request, response) => {
    void request
      .toArray()
      .then((chunks) => answer(request, Buffer.concat(chunks).toString(), response));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
