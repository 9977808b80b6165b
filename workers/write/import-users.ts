/** Importing accounts, and what a line says of one that exists. */
import pMap from "p-map";
import type { Account, NewAccount, Profile } from "../../db/store.ts";
import { bucketOfHandle } from "../../feed/ids.ts";
import { hasDetails } from "../../feed/import-plan.ts";
import type { ImportedUser } from "../../feed/wire-import.ts";
import { linkIdentity } from "../auth/identities.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { imageAddress } from "../image-address.ts";
import { addError, addId, type Progress } from "./import-progress.ts";
import { changeProfile } from "./profile.ts";

type UserLine = ImportedUser & { number: number };

/** Profiles that an import changes at once. */
const CONCURRENCY = 8;

/** Makes the accounts whose handles are free, and gives accounts the profiles and identities of their lines. @throws StoreUnavailable */
export async function importUsers(
  deps: Deps,
  users: readonly UserLine[],
  progress: Progress,
): Promise<void> {
  const created = await drawIds(() => {
    const accounts = users.map(({ handle, name }): NewAccount => {
      const id = deps.drawId(bucketOfHandle(handle));
      return { id, handle, name: name ?? handle, passwordHash: null };
    });
    return deps.store.accounts.importAll(accounts);
  });
  progress.report.users += created;
  progress.report.skipped += users.length - created;
  const detailed = users.filter(hasDetails);
  if (!progress.withIds && detailed.length === 0) return;
  const accounts = await deps.store.accounts.byHandles(users.map(({ handle }) => handle));
  const errors = await pMap(
    detailed,
    (line) => {
      const account = accounts.get(line.handle);
      return account === undefined ? [] : bringUpToDate(deps, account, line);
    },
    { concurrency: CONCURRENCY },
  );
  for (const [n, { number }] of detailed.entries()) {
    for (const error of errors[n] ?? []) addError(progress, number, error);
  }
  for (const { number, handle } of users) {
    const account = accounts.get(handle);
    if (account !== undefined) addId(progress, number, account.id);
  }
}

/** Gives an account what its line says; what the line leaves out stays. @returns what is wrong with the line */
async function bringUpToDate(
  deps: Deps,
  account: Account,
  { name, bio, avatarUrl, externalId }: UserLine,
): Promise<string[]> {
  const errors: string[] = [];
  const wanted: Partial<Profile> = {
    ...(name === undefined ? {} : { name }),
    ...(bio === undefined ? {} : { bio }),
  };
  if (avatarUrl !== undefined) {
    const picture = avatarUrl === null ? null : imageAddress(avatarUrl, deps.config.IMAGE_HOSTS);
    if (avatarUrl !== null && picture === null) {
      errors.push("avatarUrl: an https address on a host of IMAGE_HOSTS");
    } else {
      wanted.avatarUrl = picture;
    }
  }
  if (Object.keys(wanted).length > 0) await changeProfile(deps, { user: account.id, wanted }, null);
  if (externalId === undefined) return errors;
  const { iss: issuer, sub } = externalId;
  if (await isOwned(deps, account, { issuer, sub })) {
    errors.push("externalId: the account has a password or another subject; its owner links it");
  } else if ((await linkIdentity(deps.store, { account: account.id, issuer, sub })) === "taken") {
    errors.push("externalId: another account has it");
  }
  return errors;
}

/** Whether somebody can sign in already other than by a subject. An import must not let another person in. */
async function isOwned(
  { store }: Deps,
  { id, handle }: Account,
  { issuer, sub }: { issuer: string; sub: string },
): Promise<boolean> {
  const known = await store.accounts.credentials(handle);
  if (known !== null && known.passwordHash !== null) return true;
  const linked = await store.identities.ofAccount(id);
  return linked.some((one) => one.issuer !== issuer || one.sub !== sub);
}
