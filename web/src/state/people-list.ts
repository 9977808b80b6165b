/** A list of accounts, read page by page. */
import type { User } from "../../../client/src/wire.ts";
import type { Page } from "../../../client/src/pages.ts";
import { readHidden, readPeople, readSuggestions } from "../net/api.ts";
import type { SkeinError } from "../../../client/src/errors.ts";
import { asFailure } from "../net/failure.ts";
import { createStore } from "./store.ts";

/** How many lists stay in memory, for going back. */
const LISTS_MAX = 12;

interface People {
  readonly users: readonly User[];
  readonly next: string | null;
  readonly loaded: boolean;
  readonly reading: boolean;
  readonly failure: SkeinError | null;
}

const UNREAD: People = { users: [], next: null, loaded: false, reading: false, failure: null };

export class PeopleList {
  readonly state = createStore(UNREAD);
  readonly #read: (cursor: string | null) => Promise<Page<User>>;

  constructor(read: (cursor: string | null) => Promise<Page<User>>) {
    this.#read = read;
  }

  /** Reads the first or the next page. Does nothing at the end, or while a read is under way. */
  async more(): Promise<void> {
    const { next, loaded, reading } = this.state.get();
    if (reading || (loaded && next === null)) return;
    this.#set({ reading: true, failure: null });
    try {
      const page = await this.#read(next);
      const known = new Set(this.state.get().users.map(({ id }) => id));
      const added = page.items.filter(({ id }) => !known.has(id));
      const users = [...this.state.get().users, ...added];
      this.#set({ users, next: page.next, loaded: true, reading: false });
    } catch (thrown) {
      this.#set({ reading: false, failure: asFailure(thrown) });
    }
  }

  /** Replaces an account in the list. */
  replace(user: User): void {
    this.#set({ users: this.state.get().users.map((old) => (old.id === user.id ? user : old)) });
  }

  #set(change: Partial<People>): void {
    this.state.set({ ...this.state.get(), ...change });
  }
}

const lists = new Map<string, PeopleList>();

/** Forgets all lists, because another viewer's reads filled them. */
export function forgetPeople(): void {
  lists.clear();
}

function listFor(key: string, read: (cursor: string | null) => Promise<Page<User>>): PeopleList {
  const list = lists.get(key) ?? new PeopleList(read);
  lists.delete(key);
  lists.set(key, list);
  for (const oldest of lists.keys()) {
    if (lists.size <= LISTS_MAX) break;
    lists.delete(oldest);
  }
  return list;
}

/** The followers or followees of an account, for one visit. */
export function peopleList(
  handle: string,
  side: "followers" | "following",
  visit: string,
): PeopleList {
  return listFor(`${side} ${handle} ${visit}`, (cursor) => readPeople(handle, side, cursor));
}

/** Those whom the reader has muted or blocked, for one visit. */
export function hiddenList(relation: "muted" | "blocked", visit: string): PeopleList {
  return listFor(`${relation} ${visit}`, (cursor) => readHidden(relation, cursor));
}

/** Accounts to follow; they stay the same until the page is loaded again. */
export function suggestionList(): PeopleList {
  return listFor("suggestions", () => readSuggestions());
}
