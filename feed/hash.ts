/**
 * The hash of texts: FNV-1a with 32 bits. Stored data depends on its values (the bucket of an account, the
 * leaf of a follower), so they never change: feed/hash.test.ts has some of them.
 */

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * The hash of a text's UTF-16 units. @returns an integer in 0..2^32-1
 * @param seed another seed gives another hash of the same text
 */
export function fnv1a(text: string, seed = 0): number {
  let hash = (OFFSET_BASIS ^ seed) >>> 0;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), PRIME) >>> 0;
  }
  return hash;
}
