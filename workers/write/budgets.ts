/** The daily budgets of accounts, which their home timelines keep. */
import type { HomeStub, Objects } from "../../durable-objects/objects.ts";
import type { Account } from "../../db/store.ts";
import type { Prices } from "../../feed/daily-budget.ts";
import { deliveryMode } from "../../feed/delivery/delivery-mode.ts";
import type { UserId } from "../../feed/ids.ts";
import { LimitExceeded } from "../../feed/limit-exceeded.ts";
import type { Config } from "../config.ts";

/** What a post or repost of an account costs in deliveries: a pulled author's are delivered to nobody. */
export function deliveriesOf({ epoch, counts }: Pick<Account, "epoch" | "counts">): number {
  return deliveryMode(epoch) === "pull" ? 0 : counts.followers;
}

export class Budgets {
  readonly #homes: Objects<HomeStub>;
  readonly #areKept: boolean;

  constructor(homes: Objects<HomeStub>, config: Pick<Config, "RATE_LIMITS">) {
    this.#homes = homes;
    this.#areKept = config.RATE_LIMITS === "on";
  }

  /**
   * Has an account pay for work, before it is done.
   * @param hint where to place the account's timeline if this is the first call to it
   * @throws LimitExceeded, ObjectUnavailable
   */
  async spend(user: UserId, prices: Prices, hint: DurableObjectLocationHint | null): Promise<void> {
    if (!this.#areKept) return;
    const retryAfterS = await this.#homes.call(
      user,
      async (home) => await home.spendBudget(prices),
      hint,
    );
    if (retryAfterS !== null) throw new LimitExceeded("a daily budget", retryAfterS);
  }
}
