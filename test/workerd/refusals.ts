/** What can be wrong with a request, and how the contract answers it. */
import type { Session } from "../../feed/wire.ts";
import type { ProblemCode } from "../../feed/problem.ts";
import type { World } from "./world.ts";

/** Who and what is there when a bad request comes. */
export interface Scene {
  world: World;
  ada: Session;
  bob: Session;
  adasPost: string;
  bobsPost: string;
}

/** A request that is refused for more than its form. What is left out is as in the good request. */
export interface Refusal {
  /** What is wrong with it; part of a test's name. */
  why: string;
  code: ProblemCode;
  path?(scene: Scene): string;
  query?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Sent without a token. */
  anonymous?: boolean;
  /** The paths of `errors`. */
  fields?: string[];
}

/** A route's good request, made by ada where somebody has to make it. */
export interface Route {
  path(scene: Scene): string;
  body?(scene: Scene): Record<string, unknown>;
  headers?: Record<string, string>;
  /** Its body is a stream of lines, of any length, and each line is judged by itself. */
  streams?: boolean;
  /** The largest body it takes, if it is another than usual. */
  maxBytes?: number;
  refusals?: Refusal[];
}

export const NOBODY = "00000000000000ZZ";

export function badField(field: string, values: readonly string[]): Refusal[] {
  return values.map((value) => ({
    why: `the ${field} ${JSON.stringify(value)}`,
    code: "invalid_request",
    query: `${field}=${encodeURIComponent(value)}`,
    fields: [field],
  }));
}

const LIMITS = badField("limit", ["0", "101", "1000", "-1", "1.5", "ten", "", " 5", "5e1", "٣"]);
const TWICE: Refusal = {
  why: "two limits",
  code: "invalid_request",
  query: "limit=5&limit=6",
  fields: ["limit"],
};
/** A good cursor of every list, by the list's name. */
const CURSORS = {
  timeline: `l1.${NOBODY}.${NOBODY}`,
  followers: `e1.1.${NOBODY}`,
  following: `f1.1.${NOBODY}`,
  posts: `p1.${NOBODY}`,
  replies: `r1.${NOBODY}`,
};

/** Cursors that are not of this list: spoiled ones, and those of the others. */
function badCursors(list: keyof typeof CURSORS): Refusal[] {
  const { [list]: own } = CURSORS;
  const others = Object.values(CURSORS).filter((cursor) => cursor !== own);
  const [kind = ""] = own.split(".");
  const spoiled = ["", "garbage", kind, `${kind}.`, `${kind}.short`, `${own}.x.x`];
  return badField("cursor", [...spoiled, "c".repeat(201), ...others]);
}

/** What can be wrong with the query of a list's page. */
export function badPages(list: keyof typeof CURSORS): Refusal[] {
  return [...LIMITS, TWICE, ...badCursors(list)];
}

/** What can be wrong with `{user}` and `{id}` in a path. */
export function unknownUser(rest: string): Refusal[] {
  const refs = [NOBODY, "@nobody", "@", "nobody", NOBODY.toLowerCase(), "%00", "@%F0%9F%98%80"];
  return [
    ...refs.map((ref): Refusal => ({
      why: ref,
      code: "not_found",
      path: () => `/v1/users/${ref}${rest}`,
    })),
    {
      why: "a user of 65 characters",
      code: "invalid_request",
      path: () => `/v1/users/${"u".repeat(65)}${rest}`,
      fields: ["user"],
    },
  ];
}

export function unknownPost(rest: string): Refusal[] {
  return [NOBODY, "1", "@ada", "%27%20OR%201%3D1", "p".repeat(1000)].map((id) => ({
    why: `the post ${id.slice(0, 20)}`,
    code: "not_found",
    path: () => `/v1/posts/${id}${rest}`,
  }));
}

export function badText(field: string, values: readonly string[], rest: object): Refusal[] {
  return values.map((value) => ({
    why: `the ${field} ${JSON.stringify(value.slice(0, 12))} of ${value.length} units`,
    code: "invalid_request",
    body: { ...rest, [field]: value },
    fields: [field],
  }));
}

export const HANDLES = [
  "",
  "ab",
  "a".repeat(31),
  "with space",
  "dash-ed",
  "dot.ted",
  "ünï",
  "a\nb",
  " abc",
];
/** In the middle of text: a control of C0 and of C1, and what turns around the text after it. */
const UNSEEN = ["\u0000", "\u001b", "\u007f", "\u009b", "\u202e", "\u2066"].map((c) => `a${c}b`);
export const NAMES = [
  ...["", "   ", "n".repeat(51), "😀".repeat(51)],
  ...["two\nlines", "two\rlines", "two\u2028lines", "two\tcolumns"],
  ...UNSEEN,
];
export const TEXTS = [
  ...["", "   ", "\n\t\u00a0\u2003\ufeff", "x".repeat(281), "😀".repeat(281)],
  ...UNSEEN,
];
