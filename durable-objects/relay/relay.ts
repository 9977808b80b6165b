/** A node of an audience below its root. */
import { DurableObject } from "cloudflare:workers";
import type { UserId } from "../../feed/ids.ts";
import type { Frame } from "../../feed/wire.ts";
import { Audience, AUDIENCE_MIGRATIONS } from "../audience.ts";
import { audienceCalls } from "../audience-calls.ts";
import { migrate } from "../migrate.ts";

export class Relay extends DurableObject<Env> {
  readonly #audience: Audience;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    migrate(ctx.storage, AUDIENCE_MIGRATIONS);
    const name = ctx.id.name;
    if (name === undefined) throw new Error("a relay is addressed by its place in the tree");
    this.#audience = new Audience(ctx.storage.sql, name, audienceCalls(env));
  }

  /** Adds somebody who is looking. */
  join(user: UserId): Promise<void> {
    return this.#audience.join(user, Date.now());
  }

  /** Passes frames on; false if nobody is there any more. */
  tell(frames: readonly Frame[]): Promise<boolean> {
    return this.#audience.tell(frames, Date.now());
  }
}
