/** Who a token is of: Skein's own tokens and those of other issuers. */
import { oldestSession } from "../../feed/sessions.ts";
import type { Config } from "../config.ts";
import { checkForeignToken, claimedIssuer } from "./foreign-tokens.ts";
import type { SubjectAccounts } from "./subject-accounts.ts";
import { checkOwnToken, type Identity } from "./tokens.ts";

/**
 * Checks a token of any issuer. A token of another one has no session of Skein, so it counts as the oldest.
 * @returns null if it is no good, or of a subject without an account
 * @throws IssuerUnavailable, StoreUnavailable
 */
export async function checkToken(
  { config, subjects }: { config: Config; subjects: SubjectAccounts },
  token: string,
): Promise<Identity | null> {
  const trusted = claimedIssuer(config, token);
  if (trusted === null) return checkOwnToken(config, token);
  const checked = await checkForeignToken(trusted, token);
  if (checked === null) return null;
  const user = await subjects.accountOf(checked);
  if (user === null) return null;
  const { issuedMs, expiresAtMs } = checked;
  return { user, session: oldestSession(user), issuedMs, expiresAtMs };
}
