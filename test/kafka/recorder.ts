/** A proxy in front of an endpoint that records the accepted records, in order. */
import { createServer } from "node:http";
import { z } from "zod";
import { eventSchema, type Event } from "../../feed/export/events.ts";
import { listen } from "../../scripts/bridge-server.ts";

const recordsSchema = z.array(z.object({ key: z.string(), value: z.string() }));

export interface Recorder {
  url: string;
  /** The records of successful requests. */
  accepted: { key: string; value: string }[];
  /** The number of failed requests. */
  failed(): number;
  /** Drops all connections while `refusing` is true, as an endpoint that is down does. */
  refuse(refusing: boolean): void;
  close(): void;
}

export async function startRecorder(endpoint: string): Promise<Recorder> {
  const accepted: { key: string; value: string }[] = [];
  let failed = 0;
  let refusing = false;
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) {
        chunks.push(Buffer.from(z.instanceof(Uint8Array).parse(chunk)));
      }
      const body = Buffer.concat(chunks).toString();
      if (refusing) {
        failed++;
        request.socket.destroy();
        return;
      }
      const answer = await fetch(endpoint + (request.url ?? ""), {
        method: "POST",
        headers: { authorization: request.headers.authorization ?? "" },
        body,
      });
      if (answer.ok) accepted.push(...recordsSchema.parse(JSON.parse(body)));
      else failed++;
      response.writeHead(answer.status, { "content-type": "application/json" });
      response.end(await answer.text());
    })();
  });
  const port = await listen(server, 0, "127.0.0.1");
  return {
    url: `http://127.0.0.1:${port}`,
    accepted,
    failed: () => failed,
    refuse: (now) => {
      refusing = now;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Parses the event in a record. @throws if it is no event */
export function eventIn(record: { value: string }): Event {
  return eventSchema.parse(JSON.parse(record.value));
}
