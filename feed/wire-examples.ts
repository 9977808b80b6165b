/** Examples of the API's bodies, for the published document. A test checks each against its schema. */

const at = "2026-01-01T12:00:00.000Z";
const adaId = "1GB3Q7N8K0000000";
const noorId = "1GB3Q7N8K0000001";
const postId = "1GB3QCVZ40000000";
const next = "l1.1GB3QCVZ40000000.1GB3QCVZ40000000";

const counts = { likes: 2, reposts: 1, replies: 1 };
const noor = { id: noorId, handle: "noor", name: "Noor", avatarUrl: null };
const post = {
  id: postId,
  author: noor,
  text: "The first frost of the year.",
  createdAt: at,
  replyTo: null,
  parent: null,
  counts,
  viewer: { liked: true, reposted: false },
};
const item = { id: postId, at, post, reason: { kind: "following" } };
const user = {
  id: adaId,
  handle: "ada",
  name: "Ada Lovelace",
  bio: "Notes on the Analytical Engine.",
  avatarUrl: null,
  createdAt: at,
  counts: { followers: 12, following: 3, posts: 40 },
  celebrity: false,
  viewer: { following: true, followedBy: false, muted: false, blocked: false },
};
const letter = {
  id: postId,
  at,
  reason: "an attempt too many",
  job: { v: 1, kind: "fanout", id: postId },
};
const correction = { post: postId, what: "tally", was: { ...counts, likes: 3 }, is: counts };
const histogram = { count: 1, sumMs: 5, buckets: { "10": 1 } };

const event = (owner: string) => ({ v: 1, id: `${postId}.0.0`, atMs: 1_767_268_800_000, owner });
const postEvent = {
  ...event(noorId),
  type: "post",
  author: noorId,
  post: postId,
  text: "The first frost of the year.",
  replyTo: null,
};

const accessToken = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxR0IzIn0.c2ln";
const refreshToken = `${adaId}.${postId}.UGxlYXNlIGRvbid0IQ.Tm8gcmVhbCB0b2tlbiBpcyBoZXJlIQ`;
const openSession = {
  id: postId,
  createdAt: at,
  lastUsedAt: at,
  device: "Mozilla/5.0 (X11; Linux x86_64)",
  current: true,
};
const adminKey = {
  id: "0011223344556677",
  name: "dashboard",
  scopes: ["metrics"],
  createdAt: at,
  expiresAt: at,
};
const adminUse = {
  at,
  by: "root",
  operation: "POST /v1/admin/tokens",
  subject: adaId,
  times: 1,
  requestId: "8f0c2d6e1b7a",
};

/** An example for each schema of that name. */
export const EXAMPLES = {
  NewAccount: { handle: "ada", password: "correct horse battery", name: "Ada Lovelace" },
  Credentials: { handle: "ada", password: "correct horse battery" },
  ProfileChange: { name: "Ada Lovelace", bio: "Notes on the Analytical Engine.", avatarUrl: null },
  NewPost: { text: "The first frost of the year." },
  NewImpressions: { items: [{ postId, dwellMs: 1_200, opened: true }] },
  Author: noor,
  Counts: counts,
  User: user,
  Parent: { id: postId, author: noor, text: "The first frost of the year." },
  Post: post,
  TimelineItem: item,
  Why: {
    score: 0.62,
    model: "default",
    typical: 0.5,
    contributions: [{ group: "closeness", contribution: 0.12 }],
    actions: [{ action: "like", probability: 0.31, weight: 2, contribution: 0.62 }],
    reasons: [{ kind: "oftenLiked", by: noor }, { kind: "new" }],
    adjustments: [{ kind: "more", factor: 2, by: noor }],
  },
  Session: { user, token: "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxR0IzIn0.c2ln", expiresAt: at },
  SignedIn: { user, token: accessToken, expiresAt: at, refreshToken },
  RefreshRequest: { refreshToken },
  Refreshed: { token: accessToken, expiresAt: at, refreshToken },
  OpenSession: openSession,
  OpenSessionList: { items: [openSession], next: null },
  PasswordChange: { current: "correct horse battery", new: "staple correct horse" },
  IdentityLink: { token: accessToken },
  LinkedIdentity: { issuer: "id.example.com", sub: "248289761001" },
  Ticket: { ticket: accessToken, expiresAt: at },
  UserList: { items: [user], next: null },
  PostList: { items: [post], next: null },
  TimelineItemList: { items: [item], next: null },
  Timeline: { items: [item], next, order: "latest", partial: false, seq: 1_767_268_800_000 },
  Following: { following: true },
  Muted: { muted: true },
  NewRanking: { fresh: 2, close: 1, popular: 0 },
  Ranking: {
    fresh: 2,
    close: 1,
    popular: 0,
    tastes: [{ postId, authorId: noorId, taste: "more" }],
  },
  NewTaste: { taste: "more" },
  Tasted: { taste: "more" },
  Blocked: { blocked: true },
  Liked: { liked: true, counts },
  Reposted: { reposted: true, counts },
  Problem: {
    type: "urn:skein:problem:invalid_request",
    title: "Invalid request",
    status: 400,
    code: "invalid_request",
    detail: "The request is not valid.",
    requestId: "f3b7c2d4-0a52-4f0e-9f7d-0d2c4a1b6e58",
    errors: [{ path: "text", message: "1 to 280 characters after trimming" }],
  },
  HelloFrame: { type: "hello", seq: 1_767_268_800_000 },
  PostFrame: { type: "post", seq: 1_767_268_800_001, item },
  DeleteFrame: { type: "delete", seq: 1_767_268_800_002, postId },
  ProfileFrame: { type: "profile", seq: 1_767_268_800_003, user: noor },
  CountsFrame: { type: "counts", postId, counts },
  ResyncFrame: { type: "resync" },
  PostEvent: postEvent,
  DeleteEvent: { ...event(noorId), type: "delete", author: noorId, post: postId },
  EdgeEvent: { ...event(adaId), type: "edge", follower: adaId, followee: noorId, following: true },
  ReactionEvent: {
    ...event(adaId),
    type: "reaction",
    actor: adaId,
    kind: "like",
    post: postId,
    active: true,
  },
  PromotionEvent: { ...event(noorId), type: "promotion", author: noorId, mode: "pull", epoch: 1 },
  ImpressionsEvent: {
    ...event(adaId),
    id: `${postId}.impressions`,
    type: "impressions",
    viewer: adaId,
    items: [{ postId, dwellMs: 1_200 }],
  },
  WebhookBody: {
    type: "skein.events",
    timestamp: at,
    data: { events: [postEvent] },
  },
  Health: { status: "ok", version: "0.1.0" },
  NewAdminKey: { name: "dashboard", scopes: ["metrics"], expiresAt: at },
  AdminKey: adminKey,
  MadeAdminKey: { key: adminKey, token: "skein-admin-0011223344556677-secret" },
  AdminKeyList: { items: [adminKey], next: null },
  AdminUse: adminUse,
  AdminUseList: { items: [adminUse], next: null },
  AccountName: { handle: "ada" },
  ImportedUser: { user: { handle: "ada", name: "Ada Lovelace" } },
  ImportedFollow: { follow: ["noor", "ada"] },
  ImportedPost: {
    post: { key: "blog:17", author: "ada", text: "Hello, Skein", at: "2024-05-01T09:30:00Z" },
  },
  ImportedLike: { like: ["noor", "blog:17"] },
  ImportedRepost: { repost: ["noor", "blog:17", "2024-05-01T10:00:00Z"] },
  ImportProgress: { lines: 500 },
  ImportedId: { line: 3, id: postId },
  ImportError: { line: 7, error: "there is no account @nobody" },
  Deletion: { password: "correct horse battery" },
  WantedState: { state: "suspended" },
  AccountState: { id: adaId, handle: "ada", state: "suspended" },
  ExportedAccount: {
    account: {
      id: adaId,
      handle: "ada",
      name: "Ada Lovelace",
      bio: "",
      avatarUrl: null,
      createdAt: at,
      state: "active",
      counts: { followers: 12, following: 3, posts: 40 },
    },
  },
  ExportedPost: {
    post: { id: postId, createdAt: at, text: "The first frost.", replyTo: null, counts },
  },
  ExportedReaction: { reaction: { kind: "like", postId, at } },
  ExportedRelation: { relation: { kind: "following", userId: noorId } },
  ExportedImpressions: { seen: { at, items: [{ postId, dwellMs: 1_200 }] } },
  ExportedSession: { session: { device: "Firefox on Linux", lastUsedAt: at } },
  ExportedIdentity: { identity: { issuer: "id.example", sub: "ada" } },
  ExportEnd: { end: true, next: null },
  ImportReport: {
    users: 2,
    follows: 1,
    posts: 1,
    likes: 1,
    reposts: 1,
    skipped: 0,
    errors: 1,
    next: null,
  },
  DeadLetter: letter,
  DeadLetterList: { items: [letter], next: null },
  RetriedDeadLetters: { retried: 1, next: null },
  Correction: correction,
  CheckedCounts: { checked: 500, corrected: [correction], next: null },
  Figures: {
    at,
    regions: [
      { region: "weur", since: at, counters: { "requests:2xx": 40 }, timings: { page: histogram } },
    ],
    missing: [],
    backlog: { outbox: 0, deadLetters: 0, queues: { FANOUT_0: 0 } },
  },
  ModelStatus: { name: "default", from: "default", refused: null },
  ModelName: { name: "learned-2026-01" },
  RankLogPage: { items: ['{"v":1}'], next: null },
  StorePlaces: {
    places: [
      { name: "d1:DB_0", buckets: 512 },
      { name: "d1:DB_1", buckets: 512 },
    ],
  },
  BucketsToMove: {
    run: "a-run-of-its-own",
    begin: true,
    from: null,
    to: ["d1:DB_0"],
    buckets: [0, 0],
  },
  MoveStep: {
    from: "d1:DB_0",
    left: 40,
    stopped: null,
    moving: {
      phase: "copy",
      table: "users",
      buckets: 10,
      share: 0.2,
      copied: 900,
      compared: 0,
      deleted: 0,
    },
  },
} as const;

/** The name of a schema with its example, for `.meta()`. */
export function named<Name extends keyof typeof EXAMPLES>(
  id: Name,
): { id: Name; example: (typeof EXAMPLES)[Name] } {
  return { id, example: EXAMPLES[id] };
}
