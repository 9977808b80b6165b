/** The accounts of a bench: imported, and signed in as they are needed. */
import pMap from "p-map";
import { orThrow } from "../../client/src/errors.ts";
import type { ImportLine, Session } from "../../client/src/wire.ts";
import { importWhole } from "../../scripts/clients.ts";
import type { MintedTokens } from "../../scripts/minted-tokens.ts";
import { Progress } from "../../scripts/demo/progress.ts";
import type { Runtime } from "../run/runtime.ts";

const AT_ONCE = 8;
/** Posts of each author between two waits for their jobs. */
const SETTLED_EVERY = 5;
/** Lines of one import request. */
const IMPORT_LINES = 1_000;

/** The handles `name_0` to `name_(count - 1)`. */
export function handles(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => `${name}_${n}`);
}

/** Every one of `followers` follows every one of `followees`. */
export function followAll(followers: readonly string[], followees: readonly string[]) {
  return followers.flatMap((follower) =>
    followees.map((followee) => [follower, followee] as const),
  );
}

/** Imports accounts and follows. */
export async function importAll(
  { administration, settled }: Runtime,
  users: readonly string[],
  follows: readonly (readonly [string, string])[],
): Promise<void> {
  const lines: ImportLine[] = [
    ...users.map((handle) => ({ user: { handle } })),
    ...follows.map(([follower, followee]): ImportLine => ({ follow: [follower, followee] })),
  ];
  for (let at = 0; at < lines.length; at += IMPORT_LINES) {
    await importWhole(administration, lines.slice(at, at + IMPORT_LINES));
  }
  await settled();
}

/** An account that is signed in. */
export class Account {
  readonly user: Session["user"];
  readonly #tokens: MintedTokens;
  #token: string;

  constructor(tokens: MintedTokens, { user, token }: Session) {
    this.user = user;
    this.#tokens = tokens;
    this.#token = token;
  }

  /** A token that was good for some minutes at the last renewal. */
  get token(): string {
    return this.#token;
  }

  /** Takes another token if this one is about to expire. */
  async renew(): Promise<void> {
    this.#token = await this.#tokens.of(this.user.handle);
  }
}

/** Signs accounts in, in their order. */
export async function signIn(
  { tokens, signedIn }: Runtime,
  names: readonly string[],
): Promise<Account[]> {
  const accounts = await pMap(
    names,
    async (handle) => new Account(tokens, await tokens.session(handle)),
    { concurrency: AT_ONCE },
  );
  signedIn.push(...accounts);
  return accounts;
}

/** Renews the tokens that are about to expire, between what is measured. */
export async function renewTokens({ signedIn }: Runtime): Promise<void> {
  await pMap(signedIn, async (account) => account.renew(), { concurrency: AT_ONCE });
}

/** Makes the timelines of accounts warm. */
export async function readOnce({ client }: Runtime, some: readonly Account[]): Promise<void> {
  const read = async ({ token }: Account) =>
    orThrow(await client.as(token).readTimeline({ order: "latest" }).page());
  await pMap(some, read, { concurrency: AT_ONCE });
}

/**
 * Publishes posts: every author one, then every author the next, so that a page has many authors.
 * @returns their ids, oldest first
 */
export async function publish(
  { client, settled }: Runtime,
  authors: readonly Account[],
  postsEach: number,
): Promise<string[]> {
  const progress = new Progress("Posts", authors.length * postsEach);
  const ids: string[] = [];
  for (let n = 0; n < postsEach; n++) {
    const posts = await pMap(
      authors,
      async ({ token, user }) => {
        const text = textOf(user.handle, n);
        return orThrow(await client.as(token).createPost({ text }, `${user.handle}-${n}`));
      },
      { concurrency: AT_ONCE },
    );
    ids.push(...posts.map((post) => post.id));
    progress.update(ids.length);
    // A local queue fails when thousands of messages wait.
    if ((n + 1) % SETTLED_EVERY === 0) await settled();
  }
  await settled();
  progress.end();
  return ids;
}

/** A text of ordinary length. */
export function textOf(handle: string, n: number): string {
  return `${handle} writes their post number ${n}, which is about as long as most posts of real people are.`;
}
