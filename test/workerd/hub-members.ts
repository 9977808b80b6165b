/** Reading hubs from tests, whose requests come from the default region. */
import { runInDurableObject } from "cloudflare:test";
import { env as bindings } from "cloudflare:workers";
import pMap from "p-map";
import { Members } from "../../durable-objects/hub/members.ts";
import { hubOf, type HubName } from "../../feed/delivery/hub-ring.ts";
import { DEFAULT_REGION } from "../../feed/delivery/regions.ts";
import type { UserId } from "../../feed/ids.ts";

/** A user's hub. @param hubs the size of the ring */
export function hubNameOf(user: UserId, hubs = 1): HubName {
  return hubOf(DEFAULT_REGION, hubs, user);
}

/** A user's hub, as an object. */
export function hubFor(user: UserId, hubs = 1) {
  return bindings.HUB.getByName(hubNameOf(user, hubs));
}

/** Those of some users that are members of their hubs, and hear of an author there. */
export async function membersFor(
  author: UserId,
  users: readonly UserId[],
  hubs = 1,
): Promise<UserId[]> {
  const names = new Set(users.map((user) => hubNameOf(user, hubs)));
  const found = await pMap([...names], (name) =>
    runInDurableObject(bindings.HUB.getByName(name), (_, { storage }) => [
      ...new Members(storage.sql).followersOf(author),
    ]),
  );
  return found.flat().filter((user) => users.includes(user));
}

/** The hubs that an author feed or a post counter sends to. */
export function subscribersOf(source: DurableObjectStub): Promise<HubName[]> {
  return runInDurableObject(source, (_, { storage }) =>
    storage.sql
      .exec<{ hub: string }>("SELECT hub FROM subscribers")
      .toArray()
      .map(({ hub }) => hub),
  );
}
