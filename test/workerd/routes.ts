/**
 * For every route a valid request, and the violations that only this route knows. The OpenAPI document
 * lists the routes: one that is missing here fails the tests of bad input.
 */
import { MODEL_MAX_BYTES } from "../../feed/limits.ts";
import { DEFAULT_MODEL } from "../../feed/rank/default-model.ts";
import { LIVE_PROTOCOL, LIVE_TOKEN_PREFIX } from "../../feed/wire.ts";
import { ACCOUNT_ROUTES } from "./account-routes.ts";
import { LIST_ROUTES } from "./list-routes.ts";
import {
  CHANGE_OF_PROFILE,
  badField,
  badLetterCursors,
  badText,
  badPages,
  HANDLES,
  NAMES,
  NOBODY,
  PLAIN_READS,
  type Refusal,
  type Route,
  TEXTS,
  unknownPost,
  unknownUser,
} from "./refusals.ts";
import { SESSION_ROUTES } from "./session-routes.ts";
import { ENGAGEMENT_ROUTES } from "./engagement-routes.ts";

const socketHeaders = { upgrade: "websocket", "sec-websocket-protocol": LIVE_PROTOCOL };

const CURSOR_OF_OTHER: Refusal = {
  why: "a cursor of the other order",
  code: "invalid_request",
  fields: ["cursor"],
};

const MOVE = {
  run: "a run of a test",
  begin: true,
  from: null,
  to: ["d1:DB_0", "d1:DB_1"],
  buckets: [0, 1023],
};

const MOVES_REFUSED = [
  ["no place to move to", "to", { to: [] }],
  ["a place that is not configured", "to", { to: ["d1:DB_0", "upstash:0"] }],
  ["buckets in the wrong order", "buckets", { buckets: [2, 1] }],
  ["a bucket that does not exist", "buckets.1", { buckets: [0, 1024] }],
] as const;

/** Every route, by method and template. */
export const ROUTES: Record<string, Route> = {
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
  ...LIST_ROUTES,
  ...SESSION_ROUTES,
  ...ACCOUNT_ROUTES,
  ...PLAIN_READS,
  "patch /v1/me": CHANGE_OF_PROFILE,
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
  "post /v1/posts": {
    path: () => "/v1/posts",
    body: (scene) => ({ text: "hello", replyTo: scene.bobsPost }),
    headers: { "idempotency-key": "a key" },
    refusals: [
      ...badText("text", TEXTS, {}),
      ...badText("replyTo", ["", "short", "@ada", NOBODY.toLowerCase()], { text: "hello" }),
      {
        why: "a reply to a missing post",
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
  ...ENGAGEMENT_ROUTES,
  "get /v1/timeline": {
    path: () => "/v1/timeline",
    refusals: [
      ...badPages("timeline"),
      ...badField("order", ["", "oldest", "LATEST"]),
      // A truncated cursor, and one whose scroll would go up instead of down.
      ...badField("cursor", [`l1.${NOBODY}`, `l1.0000000000000000.${NOBODY}`]),
      ...badField("cursor", [`k2.0.${NOBODY}`, `k2.0.${NOBODY}..${NOBODY}.short.`, "k2.0....."]),
      { ...CURSOR_OF_OTHER, query: `order=ranked&cursor=l1.${NOBODY}.${NOBODY}` },
      { ...CURSOR_OF_OTHER, query: `order=latest&cursor=k2.0.${NOBODY}..${NOBODY}..` },
      ...badField("explain", ["", "yes", "1"]),
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
      { why: "an unknown handle", code: "not_found", body: { handle: "nobody" } },
    ],
  },
  "post /v1/admin/import": { path: () => "/v1/admin/import", streams: true },
  "get /v1/admin/dead-letters": {
    path: () => "/v1/admin/dead-letters",
    refusals: badLetterCursors(),
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
  "put /v1/admin/model": {
    path: () => "/v1/admin/model",
    body: () => DEFAULT_MODEL,
    maxBytes: MODEL_MAX_BYTES,
    refusals: [
      { spoiled: { version: 2 }, field: "version" },
      { spoiled: { weights: { ...DEFAULT_MODEL.weights, like: null } }, field: "weights.like" },
      { spoiled: { w1: DEFAULT_MODEL.w1.slice(1) }, field: "" },
      { spoiled: { features: [] }, field: "" },
      { spoiled: { b1: ["NaN", ...DEFAULT_MODEL.b1.slice(1)] }, field: "b1.0" },
    ].map(({ spoiled, field }): Refusal => ({
      why: `a model with another ${Object.keys(spoiled).join()}`,
      code: "invalid_request",
      body: { ...DEFAULT_MODEL, ...spoiled },
      fields: [field],
    })),
  },
  "get /v1/admin/rank-log": {
    path: () => "/v1/admin/rank-log",
    refusals: [
      ...badField("cursor", ["", "garbage", NOBODY, `${NOBODY}.short`, `${NOBODY}.${NOBODY}.x`]),
      ...badField("recent", ["", "yes"]),
    ],
  },
  "delete /v1/admin/rank-log/viewers/{user}": {
    path: (scene) => `/v1/admin/rank-log/viewers/${scene.bob.user.id}`,
  },
  "post /v1/admin/store/move": {
    path: () => "/v1/admin/store/move",
    body: () => MOVE,
    refusals: [
      ...badText("run", ["", "short"], MOVE),
      ...badText("from", ["", "d1:DB_9", "objects"], MOVE),
      ...MOVES_REFUSED.map(([why, field, changed]) => ({
        why,
        code: "invalid_request" as const,
        body: { ...MOVE, ...changed },
        fields: [field],
      })),
    ],
  },
  "post /v1/admin/dead-letters/retry": {
    path: () => "/v1/admin/dead-letters/retry",
    refusals: badLetterCursors(),
  },
};
