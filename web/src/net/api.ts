/** The page's calls of the API. */
import { PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS } from "../../../feed/limits.ts";
import { PROBLEMS, type ProblemCode } from "../../../feed/problem.ts";
import type { Post, Problem, Session, Timeline, TimelineItem, User } from "../../../feed/wire.ts";
import type { WireFigures } from "../../../feed/metrics/wire-figures.ts";
import { Failure } from "./failure.ts";
import { session, tokenRefused } from "../state/session.ts";

/** A request that takes longer has failed. */
const ANSWER_MAX_MS = 20_000;

/** A page of a list. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** An impression of a post, in the form of `POST /v1/timeline/impressions`. */
export interface Impression {
  postId: string;
  dwellMs?: number;
  opened?: boolean;
}

interface Request {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  headers?: Record<string, string>;
  /** Replaces the session's token. */
  token?: string;
  /** Lets the request continue after the reader has left the page. */
  keepalive?: boolean;
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null || !("code" in value)) return false;
  return typeof value.code === "string" && Object.hasOwn(PROBLEMS, value.code);
}

function codeOf(status: number): ProblemCode {
  if (status === 404) return "not_found";
  if (status === 401) return "unauthenticated";
  if (status === 429) return "rate_limited";
  return status === 503 ? "unavailable" : "internal";
}

async function failureOf(response: Response): Promise<Failure> {
  const problem: unknown = await response.json().catch(() => null);
  const retryAfterS = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const wait = Number.isNaN(retryAfterS) ? null : retryAfterS;
  if (!isProblem(problem)) {
    return new Failure(codeOf(response.status), response.statusText, [], wait);
  }
  return new Failure(problem.code, problem.detail, problem.errors, wait);
}

async function send(path: string, request: Request): Promise<Response> {
  const token = request.token ?? session.get()?.token;
  const headers = new Headers(request.headers);
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  const init: RequestInit = {
    method: request.method ?? "GET",
    headers,
    signal: AbortSignal.timeout(ANSWER_MAX_MS),
    keepalive: request.keepalive ?? false,
  };
  if (request.body !== undefined) {
    headers.set("content-type", "application/json");
    init.body = JSON.stringify(request.body);
  }
  const response = await fetch(path, init).catch((cause: unknown) => {
    throw new Failure("offline", String(cause));
  });
  if (!response.ok) {
    const failure = await failureOf(response);
    if (failure.code === "unauthenticated" && token !== undefined) tokenRefused(token);
    throw failure;
  }
  return response;
}

async function call<T>(path: string, request: Request = {}): Promise<T> {
  const response = await send(path, request);
  const answer: unknown = await response.json().catch((cause: unknown) => {
    throw new Failure("offline", String(cause));
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the server's tests hold its answers to the schemas that give T
  return answer as T;
}

function withCursor(path: string, cursor: string | null): string {
  if (cursor === null) return path;
  return `${path}${path.includes("?") ? "&" : "?"}cursor=${encodeURIComponent(cursor)}`;
}

function userPath(handle: string): string {
  return `/v1/users/@${encodeURIComponent(handle)}`;
}

function postPath(id: string): string {
  return `/v1/posts/${encodeURIComponent(id)}`;
}

/** Opens an account. */
export function signUp(handle: string, password: string, name: string): Promise<Session> {
  const body = name === "" ? { handle, password } : { handle, password, name };
  return call("/v1/accounts", { method: "POST", body });
}

/** Signs in with handle and password. */
export function signIn(handle: string, password: string): Promise<Session> {
  return call("/v1/sessions", { method: "POST", body: { handle, password } });
}

/** A page of the home timeline; ranked items come with the reasons for their places. */
export function readTimeline(order: Timeline["order"], cursor: string | null): Promise<Timeline> {
  const query = order === "ranked" ? "order=ranked&explain=true" : "order=latest";
  return call(withCursor(`/v1/timeline?${query}`, cursor));
}

/** The newest items of the home timeline: a page that has room for `count` and some others. */
export function readNewest(count: number, cursor: string | null): Promise<Timeline> {
  const limit = Math.min(Math.max(count, PAGE_DEFAULT_ITEMS), PAGE_MAX_ITEMS);
  return call(withCursor(`/v1/timeline?order=latest&limit=${limit}`, cursor));
}

/** Reports impressions, also while the reader leaves the page. */
export async function reportImpressions(items: readonly Impression[]): Promise<void> {
  await send("/v1/timeline/impressions", { method: "POST", body: { items }, keepalive: true });
}

/** An account, with the viewer's relation to it if they are signed in. */
export function readUser(handle: string): Promise<User> {
  return call(userPath(handle));
}

/** A page of an account's posts and reposts, newest first. */
export function readUserPosts(handle: string, cursor: string | null): Promise<Page<TimelineItem>> {
  return call(withCursor(`${userPath(handle)}/posts`, cursor));
}

/** A page of an account's followers or followees, newest first. */
export function readPeople(
  handle: string,
  side: "followers" | "following",
  cursor: string | null,
): Promise<Page<User>> {
  return call(withCursor(`${userPath(handle)}/${side}`, cursor));
}

/** The relations that an account can begin and end by itself. */
export type Relation = "follow" | "mute" | "block";

/** Begins or ends a relation with an account. */
export async function setRelation(handle: string, relation: Relation, on: boolean): Promise<void> {
  await send(`${userPath(handle)}/${relation}`, { method: on ? "PUT" : "DELETE" });
}

/** The reactions of a reader to a post. */
export type Reaction = "like" | "repost";

/** Begins or ends a reaction to a post. @returns the post's counts */
export async function setReaction(
  id: string,
  reaction: Reaction,
  on: boolean,
): Promise<Post["counts"]> {
  const method = on ? "PUT" : "DELETE";
  const { counts } = await call<Pick<Post, "counts">>(`${postPath(id)}/${reaction}`, { method });
  return counts;
}

/** The figures of the whole deployment, for administrators. */
export function readFigures(adminToken: string): Promise<WireFigures> {
  return call("/v1/admin/figures", { token: adminToken });
}

/** One post. */
export function readPost(id: string): Promise<Post> {
  return call(postPath(id));
}

/** A page of the replies to a post, newest first. */
export function readReplies(id: string, cursor: string | null): Promise<Page<Post>> {
  return call(withCursor(`${postPath(id)}/replies`, cursor));
}

/** Publishes a post. Repeated calls with the same `key` make one post. */
export function sendPost(text: string, replyTo: string | null, key: string): Promise<Post> {
  const body = replyTo === null ? { text } : { text, replyTo };
  return call("/v1/posts", { method: "POST", body, headers: { "idempotency-key": key } });
}

/** Deletes one's own post. */
export async function deletePost(id: string): Promise<void> {
  await send(postPath(id), { method: "DELETE" });
}
