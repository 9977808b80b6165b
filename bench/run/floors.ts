/** The floors of rows, which answer with the same bytes as the row does. */
import { type Connection, rawRequest } from "./connection.ts";
import type { Row } from "./rounds.ts";
import { oneByOne, together } from "./slices.ts";

const FLOORS = ["bare", "object", "kv"] as const;
/** Requests of a floor in a slice of operations that are made one by one. */
const ONE_BY_ONE_REQUESTS = 20;

/**
 * The floors of a row.
 * @param key of the row, without spaces
 * @param answer what the row answers
 * @param connections one for each that the row uses; a single one is used one by one
 */
export async function floorsFor(
  key: string,
  answer: string,
  connections: readonly Connection[],
): Promise<Row["floors"]> {
  const [first] = connections;
  if (first === undefined) throw new Error("floors need a connection");
  const path = `/keep/${key}/${connections.length}`;
  await first.send(rawRequest({ method: "POST", path, body: answer }));
  const slices = FLOORS.map((floor) => {
    const senders = connections.map((connection, n) => ({
      connection,
      request: rawRequest({ path: `/${floor}/${key}/${n}` }),
    }));
    const [only] = senders;
    if (senders.length > 1 || only === undefined) return [floor, together(senders)] as const;
    const once = async () => void (await only.connection.send(only.request));
    return [floor, oneByOne(ONE_BY_ONE_REQUESTS, once)] as const;
  });
  return Object.fromEntries(slices);
}
