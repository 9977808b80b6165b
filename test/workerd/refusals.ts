/** Invalid requests, and the contract's answer to each. */
import type { Session } from "../../feed/wire.ts";
import type { ProblemCode } from "../../feed/problem.ts";
import type { World } from "./world.ts";

/** The accounts and posts that exist when a bad request arrives. */
export interface Scene {
  world: World;
  ada: Session;
  bob: Session;
  adasPost: string;
  bobsPost: string;
}

/** A request that is refused for more than its form. Omitted fields are those of the valid request. */
export interface Refusal {
  /** The violation; part of the test's title. */
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

/** A route's valid request, sent by ada where the route needs a token. */
export interface Route {
  path(scene: Scene): string;
  body?(scene: Scene): Record<string, unknown>;
  headers?: Record<string, string>;
  /** Fields that may be null, beside those that are null in the body above. */
  nullable?: readonly string[];
  /** The body is a stream of lines of any length, and each line is validated by itself. */
  streams?: boolean;
  /** The largest body in bytes, if it differs from the usual limit. */
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
/** A valid cursor of every list, by the list's name. */
const CURSORS = {
  timeline: `l1.${NOBODY}.${NOBODY}`,
  followers: `e1.1.${NOBODY}`,
  following: `f1.1.${NOBODY}`,
  posts: `p1.${NOBODY}`,
  replies: `r1.${NOBODY}`,
  ancestors: `a1.${NOBODY}`,
  mutes: `m1.${NOBODY}`,
  blocks: `b1.${NOBODY}`,
};

/** Cursors that this list refuses: corrupted ones and those of other lists. */
function badCursors(list: keyof typeof CURSORS): Refusal[] {
  const { [list]: own } = CURSORS;
  const others = Object.values(CURSORS).filter((cursor) => cursor !== own);
  const [kind = ""] = own.split(".");
  const spoiled = ["", "garbage", kind, `${kind}.`, `${kind}.short`, `${own}.x.x`];
  return badField("cursor", [...spoiled, "c".repeat(201), ...others]);
}

/** Invalid cursors of the dead letters; a plain id is the form of earlier versions. */
export function badLetterCursors(): Refusal[] {
  const others = [`-1.${NOBODY}`, `1.${NOBODY.toLowerCase()}`, "1."];
  return badField("cursor", ["", "garbage", NOBODY, ...others]);
}

/** Invalid queries of a list page. */
export function badPages(list: keyof typeof CURSORS): Refusal[] {
  return [...LIMITS, TWICE, ...badCursors(list)];
}

/** Invalid values of `{user}` and `{id}` in a path. */
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
/** Characters refused inside text: C0 and C1 controls, and overrides of text direction. */
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

/** The route of a profile's changes. */
export const CHANGE_OF_PROFILE = {
  path: () => "/v1/me",
  body: () => ({ bio: "Notes", avatarUrl: null }),
  refusals: [
    ...badText("name", ["", " ", "a\nb", "x".repeat(51)], {}),
    ...badText("bio", ["x".repeat(161), "\u202E"], {}),
    ...badText("avatarUrl", ["", "a.png", "http://images.example/a.png"], {}),
  ],
};

/** Routes of reads at fixed addresses, which take nothing. */
export const PLAIN_READS: Record<string, Route> = Object.fromEntries(
  [
    "/healthz",
    "/v1/me",
    "/v1/admin/model",
    "/v1/admin/figures",
    "/metrics",
    "/v1/admin/store/places",
  ].map((path) => [`get ${path}`, { path: () => path }]),
);
