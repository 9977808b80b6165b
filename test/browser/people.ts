/** Accounts that a test needs beside those it plays in a browser, over the API. */
import { randomUUID } from "node:crypto";
import {
  orThrow,
  type Post,
  type Session,
  Skein,
  type Timeline,
} from "../../client/src/skein-client.ts";

export const PASSWORD = "a-password-for-tests";
/** Calls under way at once where a test needs thousands. */
const AT_ONCE = 16;

/** Somebody with an account. */
export interface Person extends Session {
  handle: string;
  /** Their client of the API. */
  skein: Skein;
}

/** Makes accounts and has them do things, at one Skein. */
export class People {
  readonly #nobody: Skein;

  constructor(address: string) {
    this.#nobody = new Skein({ url: address });
  }

  /** Opens an account with a handle that nobody has. */
  async join(name = "Somebody"): Promise<Person> {
    const handle = `t_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
    const account = { handle, password: PASSWORD, name };
    const session = orThrow(await this.#nobody.createAccount(account));
    return { ...session, handle, skein: this.#nobody.as(session.token) };
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
    orThrow(await follower.skein.followUser(`@${followee.handle}`));
  }

  async post(author: Person, text: string, replyTo?: string): Promise<Post> {
    const post = replyTo === undefined ? { text } : { text, replyTo };
    return orThrow(await author.skein.createPost(post));
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
    orThrow(await person.skein.likePost(post.id));
  }

  async block(person: Person, other: Person): Promise<void> {
    orThrow(await person.skein.blockUser(`@${other.handle}`));
  }

  async timeline(person: Person): Promise<Timeline> {
    return orThrow(await person.skein.readTimeline({ order: "latest" }).page());
  }
}
