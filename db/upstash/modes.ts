/** Crossing the celebrity threshold in Redis: one script changes the epoch and writes its jobs. */
import { z } from "zod";
import type { PullMode } from "../../feed/delivery/delivery-mode.ts";
import type { UserId } from "../../feed/ids.ts";
import type { ModeStore } from "../store.ts";
import { numberSchema } from "./answers.ts";
import type { PlaceScripts } from "./databases.ts";
import { script } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";

/** Accounts that one script handles. */
const ACCOUNTS_PER_SCRIPT = 500;

const BEGIN_EPOCH = script(
  ADD_JOBS,
  `
local key, epoch, count = 'user:' .. ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local row = redis.call('HMGET', key, 'epoch', 'migrating')
if not row[1] or tonumber(row[1]) ~= epoch or row[2] == '1' then return 0 end
if taken(4 + count) then return redis.error_reply('TAKEN') end
redis.call('HSET', key, 'epoch', epoch + 1, 'migrating', 1)
for i = 4, 3 + count, 2 do redis.call('SADD', 'epoch-parts:' .. ARGV[i], ARGV[i + 1]) end
addJobs(4 + count)
return 1`,
);

/** The last part whose row is deleted ends the migration. A dead letter has no row until it is revived. */
const ACKNOWLEDGE_EPOCH = script(`
local id, part, author, epoch = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
redis.call('DEL', 'job:' .. id .. ':' .. part)
redis.call('ZREM', 'outbox', id .. ':' .. part)
local parts = 'epoch-parts:' .. id
redis.call('SREM', parts, part)
for _, other in ipairs(redis.call('SMEMBERS', parts)) do
  if redis.call('EXISTS', 'job:' .. id .. ':' .. other) == 1 then return end
end
redis.call('DEL', parts)
local row = redis.call('HMGET', 'user:' .. author, 'epoch', 'migrating')
if row[1] == epoch and row[2] == '1' then
  redis.call('HSET', 'user:' .. author, 'migrating', 0)
end`);

const MODES = script(`
local found = {}
for _, id in ipairs(ARGV) do
  local epoch = redis.call('HGET', 'user:' .. id, 'epoch')
  if epoch and tonumber(epoch) > 0 then found[#found + 1] = { id, epoch } end
end
return found`);

const modesSchema = z.array(z.tuple([z.string(), numberSchema]));

export function upstashModes(scripts: PlaceScripts): ModeStore {
  return {
    async beginEpoch(author, epoch, jobs) {
      const parts = jobs.flatMap((job) => [job.id, job.part]);
      const args = [author, epoch, parts.length, ...parts, ...jobArgs(jobs)];
      return (await scripts.at(author).run(BEGIN_EPOCH, args)) === 1;
    },

    async acknowledgeEpoch({ id, part, author, epoch }) {
      await scripts.at(author).run(ACKNOWLEDGE_EPOCH, [id, part, author, epoch]);
    },

    async modes(authors) {
      const found = await scripts.inGroups(
        [...new Set(authors)],
        (author) => author,
        ACCOUNTS_PER_SCRIPT,
        async (database, group) => modesSchema.parse(await database.run(MODES, group)),
      );
      return new Map(found.flat().map(([id, epoch]): [UserId, PullMode] => [id, { epoch }]));
    },
  };
}
