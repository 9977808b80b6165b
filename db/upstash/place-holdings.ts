/** The buckets of one Redis database, stored in its hash `placement` (`lua-beginning.ts`). */
import { z } from "zod";
import { bucketOfChars, charsOfBucket } from "../../feed/ids.ts";
import { HOLDING_STATES, type Holding, type Holdings } from "../places/place.ts";
import { stringsSchema } from "./answers.ts";
import type { Database } from "./database.ts";
import { chunksOf } from "./databases.ts";
import { script } from "./lua.ts";
import { SCAN } from "./row-scripts.ts";

const ALL = script("return redis.call('HGETALL', 'placement')");
const CLAIM = script(
  "for _, bucket in ipairs(ARGV) do redis.call('HSETNX', 'placement', bucket, '1:0:0:') end",
);
const SETTLE = script(`
redis.call('SETNX', 'spread', ARGV[1])
return redis.call('GET', 'spread')`);
const OPEN = script(`
local held = redis.call('HGET', 'placement', ARGV[1]) or ''
if string.match(held, '^5:(%d+)') == ARGV[2] then
  redis.call('HSET', 'placement', ARGV[1], '1:' .. ARGV[2] .. ':0:')
end`);

const HELD = /^(\d):(\d+):\d+:(.*)$/;

function toHolding([chars = "", held = ""]: readonly string[]): Holding {
  const [, state, version, other = ""] = HELD.exec(held) ?? [];
  return {
    bucket: bucketOfChars(chars),
    state: HOLDING_STATES[Number(state) - 1] ?? "away",
    other: other === "" ? null : other,
    version: Number(version),
  };
}

export function upstashHoldings(database: Database): Holdings {
  return {
    async all() {
      const fields = stringsSchema.parse(await database.run(ALL, []));
      return chunksOf(fields, 2).map(toHolding);
    },

    async claim(buckets) {
      await database.run(CLAIM, buckets.map(charsOfBucket));
    },

    async settle(spread) {
      return Number(z.string().parse(await database.run(SETTLE, [spread])));
    },

    async someAccounts(limit) {
      const [, keys] = z
        .tuple([z.string(), stringsSchema])
        .parse(await database.run(SCAN, ["0", "user:"]));
      return keys.slice(0, limit).map((key) => key.slice("user:".length));
    },

    async open(bucket, version) {
      await database.run(OPEN, [charsOfBucket(bucket), version]);
    },
  };
}
