/** The floors of rows, which answer with the same bytes as the row does. */
import { type Connection, rawRequest } from "./connection.ts";
import type { Row, Slice } from "./rounds.ts";
import { oneByOne, type Sender, together } from "./slices.ts";

const FLOORS = ["bare", "object", "kv"] as const;
/** Requests of a floor in a slice of operations that are made one by one. */
const ONE_BY_ONE_REQUESTS = 100;

/** What sends the requests of each floor of a row. */
export type FloorSenders = Record<(typeof FLOORS)[number], Sender[]>;

/**
 * Sets up the floors of a row.
 * @param name of the row
 * @param answer what the row answers
 * @param connections as many as the row uses
 */
export async function floorSenders(
  name: string,
  answer: string,
  connections: readonly Connection[],
): Promise<FloorSenders> {
  const key = name.replaceAll(" ", "-");
  const path = `/keep/${key}/${connections.length}`;
  await connections[0]?.send(rawRequest({ method: "POST", path, body: answer }));
  const of = (floor: string) =>
    connections.map((connection, n) => {
      return { connection, request: rawRequest({ path: `/${floor}/${key}/${n}` }) };
    });
  return { bare: of("bare"), object: of("object"), kv: of("kv") };
}

/** Slices of the floors of a row whose requests come at the same time. */
export function floorsTogether(senders: FloorSenders): Row["floors"] {
  return slices(senders, together);
}

/** Slices of the floors of a row whose operations come one by one. */
export function floorsOneByOne(senders: FloorSenders): Row["floors"] {
  return slices(senders, ([sender]) =>
    oneByOne(ONE_BY_ONE_REQUESTS, async () => {
      await sender?.connection.send(sender.request);
    }),
  );
}

function slices(senders: FloorSenders, sliceOf: (some: Sender[]) => Slice): Row["floors"] {
  return Object.fromEntries(FLOORS.map((floor) => [floor, sliceOf(senders[floor])]));
}
