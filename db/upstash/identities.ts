/**
 * The subjects of other issuers in Redis: under each subject the id of its account, and for each account a
 * hash of its subjects by issuer.
 */
import { z } from "zod";
import type { IdentityStore } from "../store.ts";
import { stringsSchema } from "./answers.ts";
import { chunksOf, type PlaceScripts } from "./databases.ts";
import { script } from "./lua.ts";

/** An issuer as a field: the names of rows are split at colons and spaces. */
export function fieldOfIssuer(issuer: string): string {
  return encodeURIComponent(issuer);
}

const ACCOUNT_OF = script("return redis.call('GET', 'subject:' .. ARGV[1])");
const HOLD = script(`
local there = redis.call('GET', 'subject:' .. ARGV[1])
if there then return there end
redis.call('SET', 'subject:' .. ARGV[1], ARGV[2])
return ARGV[2]`);
const RELEASE = script(`
if redis.call('GET', 'subject:' .. ARGV[1]) == ARGV[2] then
  redis.call('DEL', 'subject:' .. ARGV[1])
end`);
const NOTE = script("redis.call('HSET', 'identity:' .. ARGV[1], ARGV[2], ARGV[3])");
const OF_ACCOUNT = script("return redis.call('HGETALL', 'identity:' .. ARGV[1])");
const FORGET = script("redis.call('HDEL', 'identity:' .. ARGV[1], ARGV[2])");

/** A subject as it is stored. */
export function storedSub(sub: string): string {
  return JSON.stringify(sub);
}

/** A subject from what is stored. */
export function subOf(stored: string): string {
  return z.string().parse(JSON.parse(stored));
}

export function upstashIdentities(scripts: PlaceScripts): IdentityStore {
  return {
    async accountOf(subject) {
      return z
        .string()
        .nullable()
        .parse(await scripts.at(subject).run(ACCOUNT_OF, [subject]));
    },

    async hold(subject, account) {
      return z.string().parse(await scripts.at(subject).run(HOLD, [subject, account]));
    },

    async release(subject, account) {
      await scripts.at(subject).run(RELEASE, [subject, account]);
    },

    async note({ account, issuer, sub }) {
      await scripts.at(account).run(NOTE, [account, fieldOfIssuer(issuer), storedSub(sub)]);
    },

    async ofAccount(account) {
      const found = stringsSchema.parse(await scripts.at(account).run(OF_ACCOUNT, [account]));
      return chunksOf(found, 2)
        .map(([field = "", sub = ""]) => ({
          account,
          issuer: decodeURIComponent(field),
          sub: subOf(sub),
        }))
        .sort((a, b) => (a.issuer < b.issuer ? -1 : 1));
    },

    async forget(account, issuer) {
      await scripts.at(account).run(FORGET, [account, fieldOfIssuer(issuer)]);
    },
  };
}
