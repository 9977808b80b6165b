import { env } from "cloudflare:workers";
import { describe } from "vitest";
import { emptyDatabase } from "../../test/workerd/databases.ts";
import { placeConformance } from "../../test/store/places.ts";
import { d1Places } from "./store.ts";

describe("a D1 database as a place", () => {
  placeConformance(async () => {
    await emptyDatabase(env.DB_0);
    const [place] = d1Places([env.DB_0]);
    if (place === undefined) throw new Error("no place");
    return place;
  });
});
