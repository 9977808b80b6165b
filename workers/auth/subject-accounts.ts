/**
 * The accounts of other issuers' subjects. A link is kept by the isolate and by the data centre for less than a
 * minute, so that a warm page asks no store, and an unlinked subject's tokens stop within a minute.
 */
import QuickLRU from "quick-lru";
import { z } from "zod";
import { errorText } from "../../feed/error-text.ts";
import { subjectOf } from "../../db/subjects.ts";
import { foldHandle } from "../../feed/handle.ts";
import { bucketOfHandle, ID_PATTERN, type UserId } from "../../feed/ids.ts";
import { HANDLE_MAX_CHARS } from "../../feed/limits.ts";
import { ISOLATE_SESSIONS_MAX, SESSION_TRUSTED_MS } from "../../feed/limits-sessions.ts";
import type { Store } from "../../db/store.ts";
import { drawIds } from "../draw-ids.ts";
import type { NewIds } from "../id-source.ts";
import type { ForeignToken } from "./foreign-tokens.ts";
import { linkIdentity } from "./identities.ts";

/** The cache of a data centre, as far as links need it. */
interface NearCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

/** An address that no request of anybody has. */
const ORIGIN = "https://subjects.skein.invalid";

const keptSchema = z.object({ account: z.string().regex(ID_PATTERN), readMs: z.number() });
type Kept = z.infer<typeof keptSchema>;

interface Needs extends NewIds {
  store: Pick<Store, "accounts" | "identities">;
  near: NearCache;
  nowMs(): number;
}

export class SubjectAccounts {
  readonly #needs: Needs;
  readonly #kept = new QuickLRU<string, Kept>({ maxSize: ISOLATE_SESSIONS_MAX });

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  /**
   * The account of a token's subject. Where the issuer's entry says so, a subject without an account gets one.
   * @returns null if the subject is not linked
   * @throws StoreUnavailable
   */
  async accountOf(token: ForeignToken): Promise<UserId | null> {
    const { store } = this.#needs;
    const nowMs = this.#needs.nowMs();
    const subject = await subjectOf({ iss: token.trusted.issuer, sub: token.sub });
    const kept = this.#kept.get(subject) ?? (await this.#near(subject));
    if (kept !== null && nowMs - kept.readMs < SESSION_TRUSTED_MS) return kept.account;
    const linked = await store.identities.accountOf(subject);
    const account = linked ?? (token.trusted.signUp ? await this.#signUp(token, subject) : null);
    if (account !== null) await this.#keep(subject, { account, readMs: nowMs });
    return account;
  }

  /** Forgets what is kept of a subject here. */
  async forget(iss: string, sub: string): Promise<void> {
    const subject = await subjectOf({ iss, sub });
    this.#kept.delete(subject);
    await this.#needs.near.delete(`${ORIGIN}/${subject}`);
  }

  async #near(subject: string): Promise<Kept | null> {
    try {
      const found = await this.#needs.near.match(`${ORIGIN}/${subject}`);
      if (found === undefined) return null;
      const kept = keptSchema.safeParse(await found.json());
      return kept.success ? kept.data : null;
    } catch (error) {
      console.warn("the data centre's cache failed", errorText(error));
      return null;
    }
  }

  async #keep(subject: string, kept: Kept): Promise<void> {
    this.#kept.set(subject, kept);
    try {
      const maxAgeS = Math.ceil(SESSION_TRUSTED_MS / 1000);
      const headers = { "cache-control": `max-age=${maxAgeS}` };
      await this.#needs.near.put(`${ORIGIN}/${subject}`, Response.json(kept, { headers }));
    } catch (error) {
      console.warn("the data centre's cache failed", errorText(error));
    }
  }

  /**
   * Makes the account of a subject. Its handle follows from the subject, so that two first requests make one
   * account: the second finds the handle taken, and its subject linked soon after.
   */
  async #signUp(token: ForeignToken, subject: string): Promise<UserId> {
    const { store, drawId } = this.#needs;
    const { issuer } = token.trusted;
    for (const handle of handlesFor(token.username, subject)) {
      const { id, made } = await drawIds(async () => {
        const account = drawId(bucketOfHandle(handle));
        const name = token.username?.slice(0, HANDLE_MAX_CHARS) ?? handle;
        const fresh = { id: account, handle, name: isShown(name) ? name : handle };
        return {
          id: account,
          made: await store.accounts.create({ ...fresh, passwordHash: null }),
        };
      });
      if (made === "created") {
        await linkIdentity(store, { account: id, issuer, sub: token.sub });
        return (await store.identities.accountOf(subject)) ?? id;
      }
      const other = await this.#linkedSoon(subject);
      if (other !== null) return other;
    }
    throw new Error("every handle for a new subject is taken");
  }

  /** Waits for another first request to link the subject. */
  async #linkedSoon(subject: string): Promise<UserId | null> {
    for (let attempt = 0; attempt < LINK_WAITS; attempt++) {
      const account = await this.#needs.store.identities.accountOf(subject);
      if (account !== null) return account;
      await new Promise((resolve) => setTimeout(resolve, LINK_WAIT_MS));
    }
    return null;
  }
}

/** How often, and after which pauses, a request looks for the account that another one makes. */
const LINK_WAITS = 10;
const LINK_WAIT_MS = 100;
/** Characters of the subject's hash in a handle; the second attempt uses others. */
const HASH_CHARS = 8;

/** Whether a name has only letters, digits and what is common in names. */
function isShown(name: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N} ._'-]*$/u.test(name);
}

/** Handles for a new subject: what the issuer calls it, and a piece of the hash that nobody can guess to take it. */
function handlesFor(username: string | null, subject: string): string[] {
  const base = foldHandle((username ?? "").split("@")[0]?.replace(/\W/g, "") ?? "");
  const hash = subject.slice(-3 * HASH_CHARS);
  return [0, 1, 2].map((n) => {
    const piece = hash.slice(n * HASH_CHARS, (n + 1) * HASH_CHARS);
    return `${base.slice(0, HANDLE_MAX_CHARS - HASH_CHARS - 1) || "user"}_${piece}`;
  });
}
