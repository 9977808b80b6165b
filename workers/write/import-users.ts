/** Importing accounts. */
import type { NewAccount } from "../../db/store.ts";
import { bucketOfHandle } from "../../feed/ids.ts";
import type { Deps } from "../deps.ts";
import { drawIds } from "../draw-ids.ts";
import { addId, type Progress } from "./import-progress.ts";

interface UserLine {
  number: number;
  handle: string;
  name?: string | undefined;
}

/** Makes the accounts whose handles are free. @throws StoreUnavailable */
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
  if (!progress.withIds) return;
  const accounts = await deps.store.accounts.byHandles(users.map(({ handle }) => handle));
  for (const { number, handle } of users) {
    const account = accounts.get(handle);
    if (account !== undefined) addId(progress, number, account.id);
  }
}
