/**
 * The administrators' keys of a Skein, and the log of what they did: one object, which only administrators'
 * calls reach. It stores hashes of keys, never a key.
 */
import { DurableObject } from "cloudflare:workers";
import type { AdminKey, Administrator, AdminUse } from "../../feed/admin-access.ts";
import { migrate } from "../storage/migrate.ts";
import { ADMINISTRATION_MIGRATIONS, AdministrationStore } from "./store.ts";

export class Administration extends DurableObject<Env> {
  readonly #store: AdministrationStore;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, ADMINISTRATION_MIGRATIONS);
    this.#store = new AdministrationStore(ctx.storage.sql);
  }

  /** The holder of a key; null if there is none with this id and hash, or it has expired. */
  authenticate(id: string, hash: string): Administrator | null {
    return this.#store.holderOf(id, hash, Date.now());
  }

  /** Stores a key with the hash of its token. @returns false if there are too many */
  addKey(key: AdminKey, hash: string): boolean {
    return this.ctx.storage.transactionSync(() => this.#store.addKey(key, hash, Date.now()));
  }

  /** All keys that have not expired, newest first. */
  keys(): AdminKey[] {
    return this.#store.keys(Date.now());
  }

  /** Ends a key. @returns false if there is none with this id */
  removeKey(id: string): boolean {
    return this.#store.removeKey(id);
  }

  /** Logs a use. */
  record(use: Pick<AdminUse, "by" | "operation" | "subject" | "requestId">): void {
    this.ctx.storage.transactionSync(() => this.#store.record(use, Date.now()));
  }

  /** Logged uses below a number, newest first. */
  uses(below: number, limit: number): AdminUse[] {
    return this.#store.uses(below, limit);
  }
}
