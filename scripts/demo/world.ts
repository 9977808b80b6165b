/** The demo's world: made-up people in the places of a real follow graph. Pure and seeded. */
import type { FollowGraph } from "./graph.ts";
import { peopleMaker, type Person } from "./names.ts";
import { randomFrom } from "./random.ts";

/** The least number of followees of a demo account, if the graph has such accounts. */
const DEMO_FOLLOWS_MIN = 300;

/** The demo's accounts to sign in with, and their passwords, which the demo prints. */
export const DEMO_PEOPLE: readonly (Person & { password: string })[] = [
  { handle: "ada", name: "Ada Lindgren", password: "ada-in-skein" },
  { handle: "noor", name: "Noor Haddad", password: "noor-in-skein" },
  { handle: "tomas", name: "Tomas Vega", password: "tomas-in-skein" },
];

export interface World {
  /** By account. */
  people: readonly Person[];
  following: FollowGraph["following"];
  /** Followers of each account. */
  followers: readonly number[];
  /** Accounts that follow anyone. */
  readers: readonly number[];
  /** The accounts of `DEMO_PEOPLE`, in their order. */
  demo: readonly number[];
}

/** Makes a world of a graph; the same graph and seed make the same world. */
export function makeWorld({ accounts, following }: FollowGraph, seed: number): World {
  const followers = Array.from({ length: accounts }, () => 0);
  for (const followees of following.values()) {
    for (const followee of followees) followers[followee] = (followers[followee] ?? 0) + 1;
  }
  const demo = chooseDemo(following, followers);
  const makePerson = peopleMaker(
    randomFrom(seed),
    DEMO_PEOPLE.map(({ handle }) => handle),
  );
  const people = Array.from({ length: accounts }, (_, account): Person => {
    const known = DEMO_PEOPLE[demo.indexOf(account)];
    return known === undefined ? makePerson() : { handle: known.handle, name: known.name };
  });
  return { people, following, followers, readers: [...following.keys()], demo };
}

/**
 * Accounts that have many followees, have followers, and follow each other where the graph allows it, so
 * that a post of one appears in the window of another.
 */
function chooseDemo(following: FollowGraph["following"], followers: readonly number[]): number[] {
  const follows = (a: number, b: number) => following.get(a)?.includes(b) ?? false;
  const rank = (account: number) => {
    const many = Math.min(following.get(account)?.length ?? 0, DEMO_FOLLOWS_MIN);
    return many * followers.length + (followers[account] ?? 0);
  };
  const candidates = [...following.keys()].toSorted((a, b) => rank(b) - rank(a));
  const chosen: number[] = [];
  while (chosen.length < DEMO_PEOPLE.length) {
    const left = candidates.filter((account) => !chosen.includes(account));
    const friend = left.find((account) =>
      chosen.every((other) => follows(account, other) && follows(other, account)),
    );
    const next = friend ?? left[0];
    if (next === undefined) throw new Error("the graph has too few accounts that follow anyone");
    chosen.push(next);
  }
  return chosen;
}

/** All follows, those of the demo accounts first, so that their timelines are complete soonest. */
export function* followsOf(world: World): Generator<[follower: string, followee: string]> {
  const others = world.readers.filter((reader) => !world.demo.includes(reader));
  for (const reader of [...world.demo, ...others]) {
    for (const followee of world.following.get(reader) ?? []) {
      yield [handleOf(world, reader), handleOf(world, followee)];
    }
  }
}

/** The handle of an account. */
export function handleOf(world: World, account: number): string {
  const person = world.people[account];
  if (person === undefined) throw new Error(`the world has no account ${account}`);
  return person.handle;
}
