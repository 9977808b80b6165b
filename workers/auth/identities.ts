/**
 * Links between accounts and subjects of other issuers. The subject's side decides; the account's side is
 * written before it, so that every link of an account is found there, also after a crash.
 */
import type { LinkedIdentity, Store } from "../../db/store.ts";
import { subjectOf } from "../../db/subjects.ts";
import type { UserId } from "../../feed/ids.ts";

type Identities = Pick<Store, "identities">;

/**
 * Links a subject to an account, in place of the account's other subject of the issuer; safe to repeat.
 * @returns "taken" if the subject is linked to another account, which stays so
 * @throws StoreUnavailable
 */
export async function linkIdentity(
  { identities }: Identities,
  identity: LinkedIdentity,
): Promise<"linked" | "taken"> {
  const { account, issuer, sub } = identity;
  const subject = await subjectOf({ iss: issuer, sub });
  const holder = await identities.accountOf(subject);
  if (holder !== null && holder !== account) return "taken";
  const known = (await identities.ofAccount(account)).find((one) => one.issuer === issuer);
  if (known !== undefined && known.sub !== sub) {
    await identities.release(await subjectOf({ iss: issuer, sub: known.sub }), account);
  }
  await identities.note(identity);
  if ((await identities.hold(subject, account)) === account) {
    // Another call may have linked another subject of the issuer meanwhile: the one that is noted stays.
    const noted = (await identities.ofAccount(account)).find((one) => one.issuer === issuer);
    if (noted?.sub !== sub) await identities.release(subject, account);
    return "linked";
  }
  // Another account was quicker.
  await identities.forget(account, issuer);
  return "taken";
}

/** Takes away an account's link to an issuer, if there is one. @throws StoreUnavailable */
export async function unlinkIdentity(
  { identities }: Identities,
  account: UserId,
  issuer: string,
): Promise<void> {
  for (const known of await identities.ofAccount(account)) {
    if (known.issuer !== issuer) continue;
    await identities.release(await subjectOf({ iss: issuer, sub: known.sub }), account);
    await identities.forget(account, issuer);
  }
}
