/** The variables of a request. */
import type { Deps } from "../deps.ts";
import type { Administrator } from "../../feed/admin-access.ts";
import type { Identity } from "../auth/tokens.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    deps: Deps;
    /** The account of the token; null without a token. */
    identity: Identity | null;
    /** Who administers; null elsewhere. */
    administrator: Administrator | null;
  };
}
