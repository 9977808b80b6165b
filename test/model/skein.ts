/**
 * A client of Skein for the generator: its public calls, with accounts named by their handles. The
 * transport decides whether they go to a Worker in the test's own isolate or to one behind an address.
 */
import {
  type ImportLine,
  type ImportReport,
  orThrow,
  type Session,
  Skein as Client,
  SkeinAdministration,
  type Timeline,
  type TimelineItem,
  type User,
} from "../../client/src/skein-client.ts";
import type { Transport } from "../api-request.ts";
import type { Item } from "./model.ts";

const PASSWORD = "as good as any other";

/** A Skein that the generator drives, and the right to administer it. */
export interface DrivenSkein {
  readonly adminToken: string;
  readonly send: Transport;
}

/** The origin of requests; a transport may send them elsewhere. */
const ORIGIN = "http://skein.test";
/** The generator makes trouble itself, and repeats no call; a slow machine is none. */
const SETTINGS = { url: ORIGIN, attempts: 1, timeoutMs: 120_000 };

/** The items that a read has shown. */
export interface Shown {
  items: Item[];
  /** Whether it reached the beginning of history. */
  whole: boolean;
}

/** Every call throws a SkeinError if it is refused. */
export class Skein {
  readonly #nobody: Client;
  readonly #administration: SkeinAdministration;
  readonly #sessions = new Map<string, Session>();

  constructor({ adminToken, send }: DrivenSkein) {
    this.#nobody = new Client({ ...SETTINGS, fetch: send });
    this.#administration = new SkeinAdministration({ ...SETTINGS, fetch: send, token: adminToken });
  }

  /** Creates an account with a password. */
  async join(handle: string): Promise<void> {
    const account = { handle, password: PASSWORD };
    this.#sessions.set(handle, orThrow(await this.#nobody.createAccount(account)));
  }

  /** @returns the report, and whether the import came to its end */
  async import(lines: readonly ImportLine[]): Promise<{ report: ImportReport; ended: boolean }> {
    let report: ImportReport | null = null;
    const imported = await this.#administration.importLines(lines, (answer) => {
      if ("users" in answer) report = answer;
    });
    // The answer is the sum of all requests; a report that came before an error is of one of them.
    return imported.ok
      ? { report: imported.value, ended: true }
      : { report: report ?? orThrow(imported), ended: false };
  }

  async follow(follower: string, followee: string, following: boolean): Promise<void> {
    const skein = await this.as(follower);
    const user = `@${followee}`;
    const done = await (following ? skein.followUser(user) : skein.unfollowUser(user));
    if (!done.ok) throw done.error;
  }

  /** @returns the post's id */
  async post(author: string, text: string, replyTo: string | null): Promise<string> {
    const post = replyTo === null ? { text } : { text, replyTo };
    return orThrow(await (await this.as(author)).createPost(post)).id;
  }

  async remove(author: string, id: string): Promise<void> {
    orThrow(await (await this.as(author)).deletePost(id));
  }

  /** Scrolls `latest` with pages of these sizes, in turn. */
  async scroll(viewer: string, limits: Iterable<number>): Promise<Shown> {
    const items: Item[] = [];
    const skein = await this.as(viewer);
    let cursor: string | null = null;
    for (const limit of limits) {
      const page: Timeline = orThrow(
        await skein.readTimeline({ order: "latest", limit }).page(cursor),
      );
      const { length } = page.items;
      const isShort = length < limit && page.next !== null && !page.partial;
      if (length > limit || isShort) throw new Error(`${length} items for ${limit}`);
      items.push(...page.items.map((item) => itemOf(item)));
      if (page.next === null) return { items, whole: true };
      if (page.next === cursor) {
        throw new Error(`a scroll by @${viewer} does not advance from ${page.next}`);
      }
      cursor = page.next;
    }
    return { items, whole: false };
  }

  /** An account as `viewer` sees it. */
  async user(handle: string, viewer: string): Promise<User> {
    return orThrow(await (await this.as(viewer)).readUser(`@${handle}`));
  }

  /** The number of replies of a post, and the newest hundred. */
  async replies(id: string): Promise<{ count: number; newest: string[] }> {
    const post = orThrow(await this.#nobody.readPost(id));
    const list = orThrow(await this.#nobody.listReplies(id, { limit: 100 }).page());
    return { count: post.counts.replies, newest: list.items.map((reply) => reply.id) };
  }

  /** A session of an account. */
  async session(handle: string): Promise<Session> {
    const cached = this.#sessions.get(handle);
    if (cached !== undefined) return cached;
    const session = orThrow(await this.#administration.mintToken(handle));
    this.#sessions.set(handle, session);
    return session;
  }

  /** The client of an account. */
  async as(handle: string): Promise<Client> {
    return this.#nobody.as((await this.session(handle)).token);
  }
}

function itemOf({ post, reason }: TimelineItem): Item {
  const { id, author, text, replyTo } = post;
  return { id, reason: reason.kind, author: author.handle, text, replyTo };
}
