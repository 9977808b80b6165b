/** Accounts that a test needs beside those it plays in a browser, over the API. */
import { apiRequest } from "../../scripts/api-request.ts";
import { randomUUID } from "node:crypto";
import type { Post, Session, Timeline } from "../../feed/wire.ts";

export const PASSWORD = "a-password-for-tests";
/** Calls under way at once where a test needs thousands. */
const AT_ONCE = 16;

/** Somebody with an account. */
export interface Person extends Session {
  handle: string;
}

/** Makes accounts and has them do things, at one Skein. */
export class People {
  readonly #address: string;

  constructor(address: string) {
    this.#address = address;
  }

  /** Opens an account with a handle that nobody has. */
  async join(name = "Somebody"): Promise<Person> {
    const handle = `t_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
    const body = { handle, password: PASSWORD, name };
    return { ...(await this.call<Session>("POST", "/v1/accounts", null, body)), handle };
  }

  /** Accounts that follow each other. */
  async friends(...names: string[]): Promise<Person[]> {
    const people = await Promise.all(names.map((name) => this.join(name)));
    for (const one of people) {
      for (const other of people) if (one !== other) await this.follow(one, other);
    }
    return people;
  }

  async follow(follower: Person, followee: Person): Promise<void> {
    await this.call("PUT", `/v1/users/@${followee.handle}/follow`, follower);
  }

  post(author: Person, text: string, replyTo?: string): Promise<Post> {
    const body = replyTo === undefined ? { text } : { text, replyTo };
    return this.call("POST", "/v1/posts", author, body);
  }

  /** Many posts, of which `text` gives each by its number; they are not in order. */
  async posts(author: Person, count: number, text: (n: number) => string): Promise<void> {
    let begun = 0;
    const write = async (): Promise<void> => {
      while (begun < count) await this.post(author, text(begun++));
    };
    await Promise.all(Array.from({ length: AT_ONCE }, write));
  }

  async like(person: Person, post: Post): Promise<void> {
    await this.call("PUT", `/v1/posts/${post.id}/like`, person);
  }

  async block(person: Person, other: Person): Promise<void> {
    await this.call("PUT", `/v1/users/@${other.handle}/block`, person);
  }

  timeline(person: Person): Promise<Timeline> {
    return this.call("GET", "/v1/timeline?order=latest", person);
  }

  /** @throws Error with the answer if it is none of the good ones */
  async call<T>(method: string, path: string, as: Person | null, body?: unknown): Promise<T> {
    const answer = await fetch(apiRequest(this.#address, method, path, { token: as?.token, body }));
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server's tests hold its answers to the schemas
    return (await answer.json()) as T;
  }
}
