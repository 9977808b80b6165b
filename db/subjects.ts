/** Subjects of other issuers, by which they know the people that they vouch for. */
import { fnv1a } from "../feed/hash.ts";
import { makeId } from "../feed/ids.ts";
import { BUCKETS } from "../feed/limits.ts";

/** Whom an issuer means: its name and its name for them. */
export interface IssuerSubject {
  iss: string;
  sub: string;
}

/**
 * A subject as a key: the form of an id, so that its bucket places it, and then a hash of the issuer and the
 * subject. So the key says nothing about a person, and one row holds each.
 */
export type Subject = string;

/** The key of a subject. */
export async function subjectOf({ iss, sub }: IssuerSubject): Promise<Subject> {
  const text = new TextEncoder().encode(JSON.stringify([iss, sub]));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  const hash = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return makeId(0, fnv1a(hash) % BUCKETS, 0) + hash;
}
