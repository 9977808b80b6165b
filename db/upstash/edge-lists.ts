/** Lists of followers and followees in Redis. */
import type { EdgePosition } from "../../feed/cursor.ts";
import type { UserId } from "../../feed/ids.ts";
import type { EdgeListStore, Page } from "../store.ts";
import { stringsSchema } from "./answers.ts";
import type { PlaceScripts } from "./databases.ts";
import { type Script, script } from "./lua.ts";

/** Followees in one read: 20,000, the most that an account may have, take four round trips. */
const FOLLOWEES_PER_READ = 5_000;
/** Digits of a version in a member of a sorted set. */
const VERSION_CHARS = 13;

/** Merges the newest members of all segments. */
const FOLLOWERS = script(`
local author, from, limit = ARGV[1], ARGV[2], tonumber(ARGV[3])
local alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
local found = {}
for i = 1, #alphabet do
  local key = 'followers-newest:' .. author .. ':' .. string.sub(alphabet, i, i)
  for _, member in ipairs(
    redis.call('ZRANGE', key, from, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit)) do
    found[#found + 1] = member
  end
end
table.sort(found, function(a, b) return a > b end)
local page = {}
for i = 1, math.min(limit, #found) do page[i] = found[i] end
return page`);

const FOLLOWING = script(`
return redis.call(
  'ZRANGE', 'following-newest:' .. ARGV[1], ARGV[2], '-', 'BYLEX', 'REV', 'LIMIT', 0, ARGV[3])`);

function memberOf({ version, user }: EdgePosition): string {
  return String(version).padStart(VERSION_CHARS, "0") + user;
}

function positionOf(member: string): EdgePosition {
  return {
    version: Number(member.slice(0, VERSION_CHARS)),
    user: member.slice(VERSION_CHARS),
  };
}

export function upstashEdgeLists(scripts: PlaceScripts): EdgeListStore {
  /** A page of a list, with one further member that shows whether there is a next page. */
  async function read(
    list: Script,
    user: UserId,
    after: EdgePosition | null,
    limit: number,
  ): Promise<Page<EdgePosition, EdgePosition>> {
    const from = after === null ? "+" : `(${memberOf(after)}`;
    const answer = await scripts.at(user).run(list, [user, from, limit + 1]);
    const found = stringsSchema.parse(answer).map(positionOf);
    const items = found.slice(0, limit);
    return { items, next: found.length > limit ? (items.at(-1) ?? null) : null };
  }

  async function page(...of: Parameters<typeof read>): Promise<Page<UserId, EdgePosition>> {
    const { items, next } = await read(...of);
    return { items: items.map((edge) => edge.user), next };
  }

  return {
    followers: (user, after, limit) => page(FOLLOWERS, user, after, limit),
    following: (user, after, limit) => page(FOLLOWING, user, after, limit),

    async followees(user) {
      const all: EdgePosition[] = [];
      let after: EdgePosition | null = null;
      do {
        const some: Page<EdgePosition, EdgePosition> = await read(
          FOLLOWING,
          user,
          after,
          FOLLOWEES_PER_READ,
        );
        all.push(...some.items);
        after = some.next;
      } while (after !== null);
      return all;
    },
  };
}
