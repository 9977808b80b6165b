/** What a request carries through its handlers. */
import type { Deps } from "../deps.ts";
import type { Identity } from "../auth/tokens.ts";

export interface AppEnv {
  Bindings: Env;
  Variables: {
    requestId: string;
    deps: Deps;
    /** Who asks; null without a token. */
    identity: Identity | null;
  };
}
