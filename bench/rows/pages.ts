/** Rows of pages: some viewers read the same page again and again, each on a connection of their own. */
import { z } from "zod";
import { PAGE_DEFAULT_ITEMS } from "../../feed/limits.ts";
import { bodyOf, Connection, rawRequest } from "../run/connection.ts";
import { floorSenders, floorsTogether } from "../run/floors.ts";
import type { Row } from "../run/rounds.ts";
import type { Runtime } from "../run/runtime.ts";
import { type Sender, together } from "../run/slices.ts";
import type { Account } from "./accounts.ts";
import { CommandError } from "../../scripts/project.ts";

/** A row of pages, with what it sends, which the profile sends as well. */
export interface PageRow extends Row {
  senders: readonly Sender[];
  /** The same for its floor of one object call. */
  floorSenders: readonly Sender[];
}

/** Connections of a bench, to both Workers. */
export interface Connections {
  skein: readonly Connection[];
  floors: readonly Connection[];
}

/** Some connections to each Worker. */
export function connectionsTo({ skein, floors }: Runtime, count: number): Connections {
  const to = (url: URL) => Array.from({ length: count }, () => new Connection(url));
  return { skein: to(skein), floors: to(floors) };
}

/** The row of a page. @param pathOf the path of each viewer's page */
export async function pageRow(
  name: string,
  { skein, floors }: Connections,
  viewers: readonly Account[],
  pathOf: (viewer: Account) => Promise<string> | string,
): Promise<PageRow> {
  const senders = await Promise.all(
    viewers.map(async (viewer, n) => {
      const connection = skein[n];
      if (connection === undefined) throw new Error("a viewer has no connection");
      const path = await pathOf(viewer);
      return {
        connection,
        get request() {
          return rawRequest({ path, token: viewer.token });
        },
      };
    }),
  );
  const [first] = senders;
  if (first === undefined) throw new Error("a page needs a viewer");
  const answer = bodyOf(await first.connection.send(first.request));
  assertFull(name, answer);
  const floorsOfRow = await floorSenders(name, answer, floors.slice(0, senders.length));
  return {
    name,
    slice: together(senders),
    floors: floorsTogether(floorsOfRow),
    senders,
    floorSenders: floorsOfRow.object,
  };
}

const pageSchema = z.object({ items: z.array(z.unknown()), partial: z.boolean().default(false) });

/** A page that is partial or short would be fast for the wrong reason. @throws CommandError */
function assertFull(name: string, answer: string): void {
  const { items, partial } = pageSchema.parse(JSON.parse(answer));
  if (items.length === PAGE_DEFAULT_ITEMS && !partial) return;
  throw new CommandError(`The page "${name}" has ${items.length} items, partial: ${partial}.`);
}
