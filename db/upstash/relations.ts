/** Mutes and blocks in Redis: a hash for each account, by kind and target. */
import { BLOCKS_MAX, MUTES_MAX } from "../../feed/limits.ts";
import { z } from "zod";
import type { Relation, RelationStore } from "../store.ts";
import { pageOf } from "../store/page.ts";
import { RELATIONS_PER_PART } from "../store/relations.ts";
import { numberSchema, stateSchema, writtenSchema } from "./answers.ts";
import { chunksOf, type PlaceScripts } from "./databases.ts";
import { WRITE_EDGE } from "./edges.ts";
import { script, STATE } from "./lua.ts";
import { ADD_JOBS, jobArgs } from "./outbox.ts";

/** Targets that one script handles. */
const TARGETS_PER_SCRIPT = 500;

/** `countOf(key, kind)`: how many active relations of a kind an account has. */
const COUNT_OF = `
local function countOf(key, kind)
  local count = 0
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    local _, active = state(all[i + 1])
    if active == 1 and string.sub(all[i], 1, #kind + 1) == kind .. ':' then count = count + 1 end
  end
  return count
end`;

/** `undoFollow`: an active block undoes the follow, if there is one. */
const SET_RELATION = script(
  WRITE_EDGE,
  COUNT_OF,
  ADD_JOBS,
  `
local actor, kind, target = ARGV[1], ARGV[2], ARGV[3]
local wanted, now = tonumber(ARGV[4]), tonumber(ARGV[5])
local key, field = 'relations:' .. actor, kind .. ':' .. target
local version, active = state(redis.call('HGET', key, field))
local max = kind == 'block' and ${BLOCKS_MAX} or ${MUTES_MAX}
local full = wanted == 1 and active ~= 1 and redis.call('HLEN', key) >= max and countOf(key, kind) >= max
if full then return { math.max(version, 0), 0, 0 } end
if version < 0 or active ~= wanted then
  if taken(6) then return redis.error_reply('TAKEN') end
  version = math.max(version + 1, now)
  redis.call('HSET', key, field, string.format('%d:%d', version, wanted))
  addJobs(6)
end
if kind == 'block' and wanted == 1 then writeEdge(actor, target, 0, now) end
return { version, wanted, added(6) and 1 or 0 }`,
);

const APPLY_BLOCK = script(
  WRITE_EDGE,
  `
local actor, target = ARGV[1], ARGV[2]
local version, active, now = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local key, field = 'relations:' .. actor, 'blocked_by:' .. target
local known, stands = state(redis.call('HGET', key, field))
if version > known then
  redis.call('HSET', key, field, string.format('%d:%d', version, active))
  stands = active
end
-- A late one undoes nothing.
if active == 1 and stands == 1 then writeEdge(actor, target, 0, now) end`,
);

const SOME = script(`
local found = {}
local kinds = { 'mute', 'block', 'blocked_by' }
for i = 2, #ARGV do
  for _, kind in ipairs(kinds) do
    local field = kind .. ':' .. ARGV[i]
    local text = redis.call('HGET', 'relations:' .. ARGV[1], field)
    if text then
      found[#found + 1] = field
      found[#found + 1] = text
    end
  end
end
return found`);

const SCAN = script(
  `return redis.call('HSCAN', 'relations:' .. ARGV[1], ARGV[2], 'COUNT', ${RELATIONS_PER_PART})`,
);

/** The next targets of a kind in order; it looks at all relations, of which one's own are at most 20,000. */
const TARGETS = script(
  STATE,
  `
local key, prefix, after = 'relations:' .. ARGV[1], ARGV[2] .. ':', ARGV[3]
local found, position = {}, '0'
repeat
  local part = redis.call('HSCAN', key, position, 'MATCH', prefix .. '*', 'COUNT', ${RELATIONS_PER_PART})
  position = part[1]
  for i = 1, #part[2], 2 do
    local target = string.sub(part[2][i], #prefix + 1)
    local _, active = state(part[2][i + 1])
    if active == 1 and target > after then found[target] = true end
  end
until position == '0'
local targets = {}
for target in pairs(found) do targets[#targets + 1] = target end
table.sort(targets)
return { unpack(targets, 1, math.min(#targets, tonumber(ARGV[4]))) }`,
);

const fieldSchema = z.tuple([z.enum(["mute", "block", "blocked_by"]), z.string()]);
const rowsSchema = z.array(z.string());
const scanSchema = z.tuple([z.string(), rowsSchema]);

function toRelations(actor: string, fields: readonly string[]): Relation[] {
  return chunksOf(fields, 2).map(([field = "", text = ""]) => {
    const [kind, target] = fieldSchema.parse(field.split(":"));
    const [version, active] = stateSchema.parse(text.split(":"));
    return { actor, kind, target, active: active === 1, version: numberSchema.parse(version) };
  });
}

export function upstashRelations(scripts: PlaceScripts): RelationStore {
  return {
    async setRelation({ nowMs, ...wanted }, job) {
      const { actor, kind, target, active } = wanted;
      const args = [actor, kind, target, active ? 1 : 0, nowMs, ...jobArgs([job])];
      const answer = await scripts.at(actor).run(SET_RELATION, args);
      const [version, isActive, changed] = writtenSchema.parse(answer);
      return { ...wanted, active: isActive === 1, version, changed: changed === 1 };
    },

    async relations(actor, targets) {
      const database = scripts.at(actor);
      const found = await Promise.all(
        chunksOf([...new Set(targets)], TARGETS_PER_SCRIPT).map(async (some) =>
          toRelations(actor, rowsSchema.parse(await database.run(SOME, [actor, ...some]))),
        ),
      );
      return found.flat();
    },

    async allRelations(actor, after) {
      const answer = await scripts.at(actor).run(SCAN, [actor, after ?? "0"]);
      const [position, fields] = scanSchema.parse(answer);
      return { items: toRelations(actor, fields), next: position === "0" ? null : position };
    },

    async targets(actor, kind, after, limit) {
      const args = [actor, kind, after ?? "", limit + 1];
      return pageOf(rowsSchema.parse(await scripts.at(actor).run(TARGETS, args)), limit);
    },

    async applyBlock(block, nowMs) {
      const { actor: target, target: actor, active, version } = block;
      const args = [actor, target, version, active ? 1 : 0, nowMs];
      await scripts.at(actor).run(APPLY_BLOCK, args);
    },
  };
}
