/**
 * Skein as the generator uses it: its public calls, with accounts named by their handles. The same
 * calls go to a Worker in the test's own isolate and to one behind an address: a transport decides.
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
import type { Item } from "./model.ts";

const PASSWORD = "as good as any other";

/** What a request carries. */
export interface Sending {
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** How requests get to a Skein and answers back. */
export interface Transport {
  readonly adminToken: string;
  call(method: string, path: string, sending: Sending): Promise<{ status: number; body: unknown }>;
  /** Sends an import and returns what it answers, line by line. */
  importLines(lines: readonly unknown[]): Promise<unknown[]>;
}

/** An answer that the generator can't use. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(call: string, status: number, body: unknown) {
    super(`${call} was answered ${status}: ${JSON.stringify(body)}`);
    this.status = status;
  }
}

/** What a read has shown so far. */
export interface Shown {
  items: Item[];
  /** Whether it got to the beginning of history. */
  whole: boolean;
}

export class Skein {
  readonly #transport: Transport;
  readonly #sessions = new Map<string, Session>();

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes an account with a password. */
  async join(handle: string): Promise<void> {
    const body = await this.#call("POST", "/v1/accounts", { body: { handle, password: PASSWORD } });
    this.#sessions.set(handle, sessionSchema.parse(body));
  }

  /** @returns the report, and whether the import came to its end */
  async import(lines: readonly ImportLine[]): Promise<{ report: ImportReport; ended: boolean }> {
    const answers = await this.#transport.importLines(lines);
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

  /** Scrolls `latest` with pages of these sizes in turn; without an end if `limits` has none. */
  async scroll(viewer: string, limits: Iterable<number>): Promise<Shown> {
    const items: Item[] = [];
    const sending = await this.#as(viewer);
    let cursor = "";
    for (const limit of limits) {
      const path = `/v1/timeline?order=latest&limit=${limit}${cursor}`;
      const page = timelineSchema.parse(await this.#call("GET", path, sending));
      if (page.items.length > limit) throw new Error(`${page.items.length} items for ${limit}`);
      items.push(...page.items.map((item) => itemOf(item)));
      if (page.next === null) return { items, whole: true };
      const next = `&cursor=${page.next}`;
      if (next === cursor) throw new Error(`a scroll by @${viewer} stands still at ${page.next}`);
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

  /** How many replies a post counts, and the newest hundred. */
  async replies(id: string): Promise<{ count: number; newest: string[] }> {
    const post = postSchema.parse(await this.#call("GET", `/v1/posts/${id}`, {}));
    const path = `/v1/posts/${id}/replies?limit=100`;
    const list = postListSchema.parse(await this.#call("GET", path, {}));
    return { count: post.counts.replies, newest: list.items.map((reply) => reply.id) };
  }

  /** An account, signed in. */
  async session(handle: string): Promise<Session> {
    const known = this.#sessions.get(handle);
    if (known !== undefined) return known;
    const body = await this.#call("POST", "/v1/admin/tokens", {
      headers: { authorization: `Bearer ${this.#transport.adminToken}` },
      body: { handle },
    });
    const session = sessionSchema.parse(body);
    this.#sessions.set(handle, session);
    return session;
  }

  async #call(method: string, path: string, sending: Sending): Promise<unknown> {
    const { status, body } = await this.#transport.call(method, path, sending);
    if (status >= 300) throw new Refused(`${method} ${path}`, status, body);
    return body;
  }

  async #as(handle: string): Promise<{ token: string }> {
    return { token: (await this.session(handle)).token };
  }
}

/** An import that stops says so in a line without a number. */
function isStop(line: object): boolean {
  return "error" in line && !("line" in line);
}

function itemOf({ post, reason }: TimelineItem): Item {
  const { id, author, text, replyTo } = post;
  return { id, reason: reason.kind, author: author.handle, text, replyTo };
}
