/**
 * Ids: 16 characters of Crockford base32 that sort by time and name their owner.
 *
 * Layout: 9 characters of millisecond clock (45 bits), 2 of bucket (10 bits), 5 of serial (25 bits).
 * Comparing two ids compares their times. The bucket and the serial are those of the account that owns
 * what the id names. Ids made before serials existed, and those of dead letters, have a random serial.
 */
import { fnv1a } from "./hash.ts";
import { BUCKETS } from "./limits.ts";

/** An id of an account, a post, a repost or a job. Opaque to clients. */
export type Id = string;
/** The id of an account. */
export type UserId = Id;
/** The id of an original post, never of a repost. */
export type PostId = Id;

const ALPHABET: string = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** The value of each digit by its character code; -1 for what is none. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) =>
  ALPHABET.indexOf(String.fromCharCode(code)),
);
const TIME_CHARS = 9;
const BUCKET_CHARS = 2;
const SERIAL_CHARS = 5;
const ID_CHARS = TIME_CHARS + BUCKET_CHARS + SERIAL_CHARS;

/** One more than the largest serial. */
export const ID_SERIAL_RANGE = 32 ** SERIAL_CHARS;

/** The pattern of every id, also in the API's contract. */
export const ID_PATTERN = /^[0-9A-HJKMNP-TV-Z]{16}$/;

/** The horizon of a source that is complete to the beginning. It sorts before every id. */
export const BEGINNING: Id = "";

function encode(value: number, chars: number): string {
  let rest = value;
  let out = "";
  for (let i = 0; i < chars; i++) {
    out = ALPHABET.charAt(rest % 32) + out;
    rest = Math.floor(rest / 32);
  }
  return out;
}

function decode(text: string): number {
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = VALUES[text.charCodeAt(at)] ?? -1;
    if (digit < 0) throw new RangeError(`not an id: ${text}`);
    value = value * 32 + digit;
  }
  return value;
}

/**
 * Makes an id.
 * @param nowMs milliseconds since 1970, at least 0
 * @param bucket 0..1023, the owner's bucket
 * @param serial an integer in 0..ID_SERIAL_RANGE-1, the owner's
 */
export function makeId(nowMs: number, bucket: number, serial: number): Id {
  return encode(nowMs, TIME_CHARS) + encode(bucket, BUCKET_CHARS) + encode(serial, SERIAL_CHARS);
}

/** The part of an id that names its owner: bucket and serial, 7 characters. */
export function idOwner(id: Id): string {
  return id.slice(TIME_CHARS);
}

/** Makes an id with the owner of another one. @param nowMs milliseconds since 1970, at least 0 */
export function idOfOwner(owner: Id, nowMs: number): Id {
  return encode(nowMs, TIME_CHARS) + idOwner(owner);
}

/** A text of the form of an id that says nothing: no time and no owner. @param bytes 16 random ones */
export function idOfBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => ALPHABET.charAt(byte % 32)).join("");
}

/** Whether `text` has the form of an id. */
export function isId(text: string): boolean {
  return ID_PATTERN.test(text);
}

/** The millisecond at which an id was made. */
export function idTimeMs(id: Id): number {
  return decode(id.slice(0, TIME_CHARS));
}

/** The bucket (0..1023) of an id, from which its shard follows. */
export function idBucket(id: Id): number {
  return decode(id.slice(TIME_CHARS, TIME_CHARS + BUCKET_CHARS));
}

/** The bucket of an id's 10th and 11th characters. */
export function bucketOfChars(chars: string): number {
  return decode(chars);
}

/** A bucket as the 10th and 11th characters of its ids. */
export function charsOfBucket(bucket: number): string {
  return encode(bucket, BUCKET_CHARS);
}

/** The period of an id, which lasts some nine hours (2^25 ms): the first characters of the id. */
export function idPeriod(id: Id): string {
  return id.slice(0, 4);
}

/** A pseudo-random share in [0, 1) that depends on a text alone. */
export function shareOf(text: string): number {
  // The final steps of MurmurHash3, because FNV-1a hardly mixes the last characters.
  let mixed = fnv1a(text);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}

/** The lowest id of a millisecond: everything older sorts before it. */
export function idFloor(ms: number): Id {
  return encode(ms, TIME_CHARS).padEnd(ID_CHARS, "0");
}

/** The highest id of a millisecond: everything newer sorts after it. */
export function idCeiling(ms: number): Id {
  return encode(ms, TIME_CHARS).padEnd(ID_CHARS, "Z");
}

/** The next id after one: below it are that id and everything older. */
export function idAfter(id: Id): Id {
  for (let at = id.length - 1; at >= 0; at--) {
    const value = decode(id.charAt(at));
    if (value < ALPHABET.length - 1) {
      return id.slice(0, at) + encode(value + 1, 1) + "0".repeat(id.length - at - 1);
    }
  }
  return id;
}

/** An id that sorts after another: unchanged, or moved to the millisecond after that one. */
export function sortedAfter(id: Id, other: Id): Id {
  return id > other ? id : encode(idTimeMs(other) + 1, TIME_CHARS) + id.slice(TIME_CHARS);
}

/** A sort order for ids (or things with ids): newest first. */
export function newestFirst(a: { id: Id }, b: { id: Id }): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

/**
 * The bucket of an account: a hash of its handle (FNV-1a). So one row in one shard makes the handle
 * unique and holds the account.
 */
export function bucketOfHandle(handle: string): number {
  return fnv1a(handle) % BUCKETS;
}
