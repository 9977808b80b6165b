/** The accounts of a load run, in a running Skein: imported once, and used again by later runs. */
import pMap from "p-map";
import { Progress } from "../demo/progress.ts";
import type { ImportLine, Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import { importWhole } from "../clients.ts";
import type { MintedTokens } from "../minted-tokens.ts";
import type { Graph } from "./sources.ts";

/** An account. It is signed in when it first does something. */
export interface Member {
  handle: string;
  /** Its client; that of nobody until it is signed in. */
  skein: Skein;
  signedIn: boolean;
  userId: string;
  followers: Member[];
  followees: Member[];
}

/** Lines of one import request. */
const IMPORT_LINES = 2_000;
const TOKENS_AT_ONCE = 16;

export class Crowd {
  readonly members: readonly Member[];
  readonly byNumber: ReadonlyMap<number, Member>;

  private constructor(byNumber: ReadonlyMap<number, Member>) {
    this.byNumber = byNumber;
    this.members = [...byNumber.values()];
  }

  /**
   * Imports a graph under handles of its own. @param name the first part of the handles
   * @param nobody the client that members call with
   * @throws CommandError if the import fails
   */
  static async gather(
    administration: SkeinAdministration,
    nobody: Skein,
    { people, follows }: Graph,
    name: string,
  ): Promise<Crowd> {
    const members = new Map(
      people.map((number): [number, Member] => [
        number,
        {
          handle: `${name}_${number}`,
          skein: nobody,
          signedIn: false,
          userId: "",
          followers: [],
          followees: [],
        },
      ]),
    );
    const lines: ImportLine[] = [...members.values()].map(({ handle }) => ({ user: { handle } }));
    for (const { follower, followee } of follows) {
      const [from, to] = [members.get(follower), members.get(followee)];
      if (from === undefined || to === undefined) continue;
      from.followees.push(to);
      to.followers.push(from);
      lines.push({ follow: [from.handle, to.handle] });
    }
    const progress = new Progress("Importing accounts and follows", lines.length);
    for (let at = 0; at < lines.length; at += IMPORT_LINES) {
      await importWhole(administration, lines.slice(at, at + IMPORT_LINES));
      progress.update(at + IMPORT_LINES);
    }
    progress.end();
    return new Crowd(members);
  }

  /** Signs some members in, for as long as the run takes. */
  async signIn(tokens: MintedTokens, some: readonly Member[]): Promise<void> {
    const missing = some.filter((member) => !member.signedIn);
    const progress = new Progress("Signing in", missing.length);
    let done = 0;
    await pMap(
      missing,
      async (member) => {
        const { handle } = member;
        const { user } = await tokens.session(handle);
        const skein = member.skein.as(() => tokens.of(handle));
        Object.assign(member, { skein, signedIn: true, userId: user.id });
        progress.update(++done);
      },
      { concurrency: TOKENS_AT_ONCE },
    );
    progress.end();
  }
}
