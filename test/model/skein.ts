/**
 * A client of Skein for the generator: its public calls, with accounts named by their handles. The
 * transport decides whether they go to a Worker in the test's own isolate or to one behind an address.
 */
import { type ImportLine, type ImportReport, importReportSchema } from "../../feed/wire-import.ts";
import {
  postListSchema,
  postSchema,
  type Session,
  sessionSchema,
  type TimelineItem,
  timelineSchema,
  type User,
  userSchema,
} from "../../feed/wire.ts";
import {
  allLinesOf,
  apiRequest,
  importRequest,
  jsonOf,
  type RequestParts,
  type Transport,
} from "../../scripts/api-request.ts";
import type { Item } from "./model.ts";

const PASSWORD = "as good as any other";

/** A Skein that the generator drives, and the right to administer it. */
export interface DrivenSkein {
  readonly adminToken: string;
  readonly send: Transport;
}

/** The origin of requests; a transport may send them elsewhere. */
const ORIGIN = "http://skein.test";

/** An error that the API answered. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(call: string, status: number, body: unknown) {
    super(`${call} was answered ${status}: ${JSON.stringify(body)}`);
    this.status = status;
  }
}

/** The items that a read has shown. */
export interface Shown {
  items: Item[];
  /** Whether it reached the beginning of history. */
  whole: boolean;
}

export class Skein {
  readonly #skein: DrivenSkein;
  readonly #sessions = new Map<string, Session>();

  constructor(skein: DrivenSkein) {
    this.#skein = skein;
  }

  /** Creates an account with a password. */
  async join(handle: string): Promise<void> {
    const body = await this.#call("POST", "/v1/accounts", { body: { handle, password: PASSWORD } });
    this.#sessions.set(handle, sessionSchema.parse(body));
  }

  /** @returns the report, and whether the import came to its end */
  async import(lines: readonly ImportLine[]): Promise<{ report: ImportReport; ended: boolean }> {
    const { adminToken, send } = this.#skein;
    const answers = await allLinesOf(await send(importRequest(ORIGIN, adminToken, lines)));
    return {
      report: importReportSchema.parse(answers.at(-1)),
      ended: !answers.some((line) => typeof line === "object" && line && isStop(line)),
    };
  }

  async follow(follower: string, followee: string, following: boolean): Promise<void> {
    const method = following ? "PUT" : "DELETE";
    await this.#call(method, `/v1/users/@${followee}/follow`, await this.#as(follower));
  }

  /** @returns the post's id */
  async post(author: string, text: string, replyTo: string | null): Promise<string> {
    const body = replyTo === null ? { text } : { text, replyTo };
    const sending = { ...(await this.#as(author)), body };
    return postSchema.parse(await this.#call("POST", "/v1/posts", sending)).id;
  }

  async remove(author: string, id: string): Promise<void> {
    await this.#call("DELETE", `/v1/posts/${id}`, await this.#as(author));
  }

  /** Scrolls `latest` with pages of these sizes, in turn. */
  async scroll(viewer: string, limits: Iterable<number>): Promise<Shown> {
    const items: Item[] = [];
    const sending = await this.#as(viewer);
    let cursor = "";
    for (const limit of limits) {
      const path = `/v1/timeline?order=latest&limit=${limit}${cursor}`;
      const page = timelineSchema.parse(await this.#call("GET", path, sending));
      const { length } = page.items;
      const isShort = length < limit && page.next !== null && !page.partial;
      if (length > limit || isShort) throw new Error(`${length} items for ${limit}`);
      items.push(...page.items.map((item) => itemOf(item)));
      if (page.next === null) return { items, whole: true };
      const next = `&cursor=${page.next}`;
      if (next === cursor)
        throw new Error(`a scroll by @${viewer} does not advance from ${page.next}`);
      cursor = next;
    }
    return { items, whole: false };
  }

  /** An account as `viewer` sees it. */
  async user(handle: string, viewer: string): Promise<User> {
    return userSchema.parse(
      await this.#call("GET", `/v1/users/@${handle}`, await this.#as(viewer)),
    );
  }

  /** The number of replies of a post, and the newest hundred. */
  async replies(id: string): Promise<{ count: number; newest: string[] }> {
    const post = postSchema.parse(await this.#call("GET", `/v1/posts/${id}`, {}));
    const path = `/v1/posts/${id}/replies?limit=100`;
    const list = postListSchema.parse(await this.#call("GET", path, {}));
    return { count: post.counts.replies, newest: list.items.map((reply) => reply.id) };
  }

  /** A session of an account. */
  async session(handle: string): Promise<Session> {
    const cached = this.#sessions.get(handle);
    if (cached !== undefined) return cached;
    const body = await this.#call("POST", "/v1/admin/tokens", {
      token: this.#skein.adminToken,
      body: { handle },
    });
    const session = sessionSchema.parse(body);
    this.#sessions.set(handle, session);
    return session;
  }

  async #call(method: string, path: string, parts: RequestParts): Promise<unknown> {
    const answer = await this.#skein.send(apiRequest(ORIGIN, method, path, parts));
    const [{ status }, body] = [answer, await jsonOf(answer)];
    if (status >= 300) throw new Refused(`${method} ${path}`, status, body);
    return body;
  }

  async #as(handle: string): Promise<{ token: string }> {
    return { token: (await this.session(handle)).token };
  }
}

/** Whether a line says that the import has stopped: an error without a line number. */
function isStop(line: object): boolean {
  return "error" in line && !("line" in line);
}

function itemOf({ post, reason }: TimelineItem): Item {
  const { id, author, text, replyTo } = post;
  return { id, reason: reason.kind, author: author.handle, text, replyTo };
}
