/**
 * For every route a request that would be accepted, and what of its own can be wrong with one. The
 * list of routes is the document's: one that stands there and not here fails the tests of bad input.
 */
import { LIVE_PROTOCOL, LIVE_TOKEN_PREFIX, type Session } from "../../feed/wire.ts";
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
  refusals?: Refusal[];
}

const NOBODY = "00000000000000ZZ";

function badField(field: string, values: readonly string[]): Refusal[] {
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
const EDGE_PAGES = [
  ...LIMITS,
  TWICE,
  ...badField("cursor", ["", "garbage", "e1", "e1.!.00000000000000ZZ", `e1.1.${NOBODY}.x`]),
  // Those of lists of posts and of the timeline.
  ...badField("cursor", [`p1.${NOBODY}`, `l1.${NOBODY}.${NOBODY}`, "e".repeat(201)]),
];
const POST_PAGES = [
  ...LIMITS,
  TWICE,
  ...badField("cursor", ["", "garbage", "p1", "p1.", "p1.short", `p1.${NOBODY}.x`]),
  // Those of lists of users and of the timeline.
  ...badField("cursor", [`e1.1.${NOBODY}`, `l1.${NOBODY}.${NOBODY}`, "p".repeat(201)]),
];

/** What can be wrong with `{user}` and `{id}` in a path. */
function unknownUser(rest: string): Refusal[] {
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

function unknownPost(rest: string): Refusal[] {
  return [NOBODY, "1", "@ada", "%27%20OR%201%3D1", "p".repeat(1000)].map((id) => ({
    why: `the post ${id.slice(0, 20)}`,
    code: "not_found",
    path: () => `/v1/posts/${id}${rest}`,
  }));
}

function badText(field: string, values: readonly string[], rest: object): Refusal[] {
  return values.map((value) => ({
    why: `the ${field} ${JSON.stringify(value.slice(0, 12))} of ${value.length} units`,
    code: "invalid_request",
    body: { ...rest, [field]: value },
    fields: [field],
  }));
}

const HANDLES = [
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
const NAMES = ["", "   ", "n".repeat(51), "😀".repeat(51)];
const TEXTS = ["", "   ", "\n\t\u00a0\u2003\ufeff", "x".repeat(281), "😀".repeat(281)];

const socketHeaders = { upgrade: "websocket", "sec-websocket-protocol": LIVE_PROTOCOL };

/** Every route, by method and template. */
export const ROUTES: Record<string, Route> = {
  "get /healthz": { path: () => "/healthz" },
  "post /v1/accounts": {
    path: () => "/v1/accounts",
    body: () => ({ handle: "newcomer", password: "long enough", name: "New" }),
    refusals: [
      ...badText("handle", HANDLES, { password: "long enough" }),
      ...badText("password", ["", "seven77", "p".repeat(129)], { handle: "newcomer" }),
      ...badText("name", NAMES, { handle: "newcomer", password: "long enough" }),
      {
        why: "a handle that is taken",
        code: "handle_taken",
        body: { handle: "ADA", password: "long enough" },
      },
    ],
  },
  "post /v1/sessions": {
    path: () => "/v1/sessions",
    body: () => ({ handle: "ada", password: "long enough" }),
    refusals: [
      {
        why: "an account without a password",
        code: "bad_credentials",
        body: { handle: "ada", password: "" },
      },
      {
        why: "a handle nobody has",
        code: "bad_credentials",
        body: { handle: "nobody' OR 1=1", password: "long enough" },
      },
    ],
  },
  "get /v1/me": { path: () => "/v1/me" },
  "get /v1/users/{user}": { path: () => "/v1/users/@bob", refusals: unknownUser("") },
  "put /v1/users/{user}/follow": {
    path: () => "/v1/users/@bob/follow",
    refusals: [
      ...unknownUser("/follow"),
      { why: "oneself", code: "cannot_follow_self", path: () => "/v1/users/@ada/follow" },
    ],
  },
  "delete /v1/users/{user}/follow": {
    path: () => "/v1/users/@bob/follow",
    refusals: [
      ...unknownUser("/follow"),
      { why: "oneself", code: "cannot_follow_self", path: () => "/v1/users/@ADA/follow" },
    ],
  },
  ...Object.fromEntries(
    (["mute", "block"] as const).flatMap((verb) =>
      ["put", "delete"].map((method): [string, Route] => [
        `${method} /v1/users/{user}/${verb}`,
        {
          path: () => `/v1/users/@bob/${verb}`,
          refusals: [
            ...unknownUser(`/${verb}`),
            { why: "oneself", code: "invalid_request", path: () => `/v1/users/@ada/${verb}` },
          ],
        },
      ]),
    ),
  ),
  "get /v1/users/{user}/followers": {
    path: () => "/v1/users/@bob/followers",
    refusals: [...unknownUser("/followers"), ...EDGE_PAGES],
  },
  "get /v1/users/{user}/following": {
    path: () => "/v1/users/@bob/following",
    refusals: [...unknownUser("/following"), ...EDGE_PAGES],
  },
  "get /v1/users/{user}/posts": {
    path: () => "/v1/users/@bob/posts",
    refusals: [...unknownUser("/posts"), ...POST_PAGES],
  },
  "post /v1/posts": {
    path: () => "/v1/posts",
    body: (scene) => ({ text: "hello", replyTo: scene.bobsPost }),
    headers: { "idempotency-key": "a key" },
    refusals: [
      ...badText("text", TEXTS, {}),
      ...badText("replyTo", ["", "short", "@ada", NOBODY.toLowerCase()], { text: "hello" }),
      {
        why: "a reply to what is not there",
        code: "not_found",
        body: { text: "hello", replyTo: NOBODY },
      },
      ...["", "k".repeat(129)].map((key): Refusal => ({
        why: `an idempotency key of ${key.length} characters`,
        code: "invalid_request",
        headers: { "idempotency-key": key },
        fields: ["idempotency-key"],
      })),
    ],
  },
  "get /v1/posts/{id}": {
    path: (scene) => `/v1/posts/${scene.bobsPost}`,
    refusals: unknownPost(""),
  },
  "delete /v1/posts/{id}": {
    path: (scene) => `/v1/posts/${scene.adasPost}`,
    refusals: [
      ...unknownPost(""),
      {
        why: "another's post",
        code: "forbidden",
        path: (scene) => `/v1/posts/${scene.bobsPost}`,
      },
    ],
  },
  ...Object.fromEntries(
    (["like", "repost"] as const).flatMap((verb) =>
      ["put", "delete"].map((method): [string, Route] => [
        `${method} /v1/posts/{id}/${verb}`,
        {
          path: (scene) => `/v1/posts/${scene.bobsPost}/${verb}`,
          refusals: unknownPost(`/${verb}`),
        },
      ]),
    ),
  ),
  "get /v1/posts/{id}/replies": {
    path: (scene) => `/v1/posts/${scene.bobsPost}/replies`,
    refusals: [...unknownPost("/replies"), ...POST_PAGES],
  },
  "get /v1/timeline": {
    path: () => "/v1/timeline",
    refusals: [
      ...LIMITS,
      TWICE,
      ...badField("order", ["", "oldest", "LATEST"]),
      ...badField("cursor", ["", "garbage", "l1", `l1.${NOBODY}`, `l1.${NOBODY}.x`]),
      // One whose scroll goes up instead of down, and those of other lists.
      ...badField("cursor", [`l1.0000000000000000.${NOBODY}`, `p1.${NOBODY}`, `e1.1.${NOBODY}`]),
    ],
  },
  "get /v1/live": {
    path: () => "/v1/live",
    headers: socketHeaders,
    refusals: [
      ...badField("since", ["", "-1", "1.5", "newest", "1".repeat(17)]),
      { why: "no upgrade", code: "upgrade_required", headers: {} },
      {
        why: "a page of another origin",
        code: "forbidden",
        headers: { ...socketHeaders, origin: "https://elsewhere.test" },
      },
      {
        why: "another subprotocol",
        code: "invalid_request",
        headers: { ...socketHeaders, "sec-websocket-protocol": "skein.v0" },
      },
      { why: "no token", code: "unauthenticated", anonymous: true },
      {
        why: "a forged token among its subprotocols",
        code: "unauthenticated",
        anonymous: true,
        headers: {
          ...socketHeaders,
          "sec-websocket-protocol": `${LIVE_PROTOCOL}, ${LIVE_TOKEN_PREFIX}x.y.z`,
        },
      },
    ],
  },
  "post /v1/admin/tokens": {
    path: () => "/v1/admin/tokens",
    body: () => ({ handle: "bob" }),
    refusals: [
      ...badText("handle", HANDLES, {}),
      { why: "a handle nobody has", code: "not_found", body: { handle: "nobody" } },
    ],
  },
  "post /v1/admin/import": { path: () => "/v1/admin/import", streams: true },
  "get /v1/admin/dead-letters": {
    path: () => "/v1/admin/dead-letters",
    refusals: badField("cursor", ["", "garbage", NOBODY.toLowerCase()]),
  },
  "post /v1/timeline/impressions": {
    path: () => "/v1/timeline/impressions",
    body: (scene) => ({ items: [{ postId: scene.bobsPost, dwellMs: 1200, opened: true }] }),
    refusals: [
      { why: "no items", code: "invalid_request", body: { items: [] }, fields: ["items"] },
      {
        why: "101 items",
        code: "invalid_request",
        body: { items: Array.from({ length: 101 }, () => ({ postId: NOBODY })) },
        fields: ["items"],
      },
      ...Object.entries({
        postId: [{ postId: "short" }, {}],
        dwellMs: [
          { postId: NOBODY, dwellMs: -1 },
          { postId: NOBODY, dwellMs: 86_400_001 },
        ],
        opened: [{ postId: NOBODY, opened: "yes" }],
        extra: [{ postId: NOBODY, extra: 1 }],
      }).flatMap(([field, items]) =>
        items.map((item): Refusal => ({
          why: `the item ${JSON.stringify(item)}`,
          code: "invalid_request",
          body: { items: [item] },
          fields: [`items.0.${field}`],
        })),
      ),
    ],
  },
  "post /v1/admin/counts/check": {
    path: () => "/v1/admin/counts/check",
    refusals: badField("cursor", ["", "garbage", NOBODY.toLowerCase()]),
  },
  "post /v1/admin/dead-letters/retry": { path: () => "/v1/admin/dead-letters/retry" },
};
