import { describe } from "vitest";
import { upstashPlaces } from "../../../db/upstash/store.ts";
import { placeConformance } from "../../store/places.ts";
import { DATABASES, emptyRedis } from "./databases.ts";

describe("a Redis database as a place", () => {
  placeConformance(async () => {
    await emptyRedis();
    const [place] = upstashPlaces(DATABASES, () => Date.now());
    if (place === undefined) throw new Error("no place");
    return place;
  });
});
