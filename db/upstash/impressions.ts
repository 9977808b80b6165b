/** What viewers have seen, in Redis: a value a report, listed by age. */
import { z } from "zod";
import { impressionSchema } from "../../feed/jobs.ts";
import type { ImpressionStore } from "../store.ts";
import type { Databases } from "./databases.ts";
import { script, SERIES } from "./lua.ts";

const KEEP = script(
  SERIES,
  `
if redis.call('SET', 'impression:' .. ARGV[1], ARGV[2], 'NX') then
  seriesAdd('impressions', ARGV[1])
end`,
);

const LIST = script(
  SERIES,
  `
local found = {}
for _, id in ipairs(seriesAfter('impressions', ARGV[1], tonumber(ARGV[2]))) do
  found[#found + 1] = { id, redis.call('GET', 'impression:' .. id) }
end
return found`,
);

const reportSchema = z.object({ viewer: z.string(), items: z.array(impressionSchema) });
const rowsSchema = z.array(z.tuple([z.string(), z.string()]));

export function upstashImpressions(databases: Databases): ImpressionStore {
  return {
    async keepImpressions(id, viewer, items) {
      await databases.at(id).run(KEEP, [id, JSON.stringify({ viewer, items })]);
    },

    async impressions(after, limit) {
      const answers = await Promise.all(
        databases.all.map((database) => database.run(LIST, [after ?? "", limit])),
      );
      return answers
        .flatMap((answer) => rowsSchema.parse(answer))
        .map(([id, text]) => ({ id, ...reportSchema.parse(JSON.parse(text)) }))
        .sort((a, b) => (a.id < b.id ? -1 : 1))
        .slice(0, limit);
    },
  };
}
