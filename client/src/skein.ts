/** The calls of Skein's API for its users. Each is named as its operation in the API's document. */
import { readExport } from "./account-export.ts";
import { Calls, type Settings } from "./calls.ts";
import type { Result } from "./errors.ts";
import { Live, type LiveEvent, type LiveOptions } from "./live.ts";
import { type Page, Pages } from "./pages.ts";
import type { TokenSource } from "./tokens.ts";
import type {
  Blocked,
  Credentials,
  ExportLine,
  Following,
  Health,
  Liked,
  LinkedIdentity,
  Muted,
  NewAccount,
  NewImpressions,
  NewPost,
  NewRanking,
  OpenSessionList,
  PasswordChange,
  Post,
  ProfileChange,
  Ranking,
  Refreshed,
  Reposted,
  SignedIn,
  Tasted,
  Ticket,
  Timeline,
  TimelineItem,
  User,
} from "./wire.ts";

/** Where a list begins, and how many items a page has: 1 to 100, by default 20. */
export interface ListQuery {
  cursor?: string | null;
  limit?: number;
}

const RANKING = "/v1/me/ranking";

/** A client of one account, or of nobody: public reads need no token. */
export class Skein {
  readonly #calls: Calls;

  constructor(settings: Settings) {
    this.#calls = new Calls(settings);
  }

  /** The same client for another account. */
  as(token: TokenSource): Skein {
    const { refresh: _, ...settings } = this.#calls.settings;
    return new Skein({ ...settings, token });
  }

  // --- Accounts ---------------------------------------------------------------------------------

  /** Opens an account. */
  createAccount(account: NewAccount): Promise<Result<SignedIn>> {
    return this.#post("/v1/accounts", account);
  }

  /** Signs in with a handle and a password. */
  createSession(credentials: Credentials): Promise<Result<SignedIn>> {
    return this.#post("/v1/sessions", credentials, { repeatable: true });
  }

  /** Renews a session's tokens; `keepSession` does it by itself. */
  refreshSession(refreshToken: string): Promise<Result<Refreshed>> {
    return this.#post("/v1/sessions/refresh", { refreshToken }, { repeatable: true });
  }

  /** The account's sessions, oldest first. */
  listSessions(): Promise<Result<OpenSessionList>> {
    return this.#get("/v1/sessions");
  }

  /** Ends a session: by default that of the token, which signs out. @param keepalive also while a page is left */
  endSession(id = "current", { keepalive = false } = {}): Promise<Result<void>> {
    const path = `/v1/sessions/${encodeURIComponent(id)}`;
    return this.#calls.done({ method: "DELETE", path, absentIsDone: true, keepalive });
  }

  /** Ends all sessions but that of the token. */
  endOtherSessions(): Promise<Result<void>> {
    return this.#calls.done({ method: "DELETE", path: "/v1/sessions" });
  }

  /** Changes the password, and ends all other sessions. */
  changePassword(change: PasswordChange): Promise<Result<void>> {
    return this.#calls.done({
      method: "PUT",
      path: "/v1/me/password",
      body: change,
      repeatable: false,
    });
  }

  /** Links the subject of another issuer's token to the account. */
  linkIdentity(issuer: string, token: string): Promise<Result<LinkedIdentity>> {
    const path = `/v1/me/identities/${encodeURIComponent(issuer)}`;
    return this.#calls.json({ method: "PUT", path, body: { token } });
  }

  /** Unlinks an issuer's subject from the account. */
  unlinkIdentity(issuer: string): Promise<Result<void>> {
    const path = `/v1/me/identities/${encodeURIComponent(issuer)}`;
    return this.#calls.done({ method: "DELETE", path });
  }

  /** The account of the token. */
  readMe(): Promise<Result<User>> {
    return this.#get("/v1/me");
  }

  /** Changes the account of the token: what is left out stays. */
  changeMe(change: ProfileChange): Promise<Result<User>> {
    return this.#calls.json({ method: "PATCH", path: "/v1/me", body: change });
  }

  /** Deletes the account of the token, for good. @param password if the account has one; without, the token must be new */
  deleteMe(password?: string): Promise<Result<void>> {
    return this.#calls.done({
      method: "DELETE",
      path: "/v1/me",
      body: password === undefined ? {} : { password },
    });
  }

  /** Reads everything that is stored about the account. @param onLine gets each line */
  exportMe(onLine: (line: ExportLine) => void): Promise<Result<void>> {
    return readExport(this.#calls, "/v1/me/export", onLine);
  }

  // --- Posts ------------------------------------------------------------------------------------

  /**
   * Publishes a post, once however often it is sent.
   * @param key the same key and post give the same post again for 24 hours; by default a new one
   */
  createPost(post: NewPost, key: string = crypto.randomUUID()): Promise<Result<Post>> {
    return this.#post("/v1/posts", post, { headers: { "idempotency-key": key }, repeatable: true });
  }

  /** One post. */
  readPost(id: string): Promise<Result<Post>> {
    return this.#get(postPath(id));
  }

  /** Deletes one's own post. */
  deletePost(id: string): Promise<Result<void>> {
    return this.#calls.done({ method: "DELETE", path: postPath(id), absentIsDone: true });
  }

  /** Replies to a post, newest first. */
  listReplies(id: string, query?: ListQuery): Pages<Post> {
    return this.#list(`${postPath(id)}/replies`, query);
  }

  /** What a reply answers, nearest first, and what that answers, up to the top of the thread. */
  listAncestors(id: string, query?: ListQuery): Pages<Post> {
    return this.#list(`${postPath(id)}/ancestors`, query);
  }

  likePost(id: string): Promise<Result<Liked>> {
    return this.#set(true, `${postPath(id)}/like`);
  }

  unlikePost(id: string): Promise<Result<Liked>> {
    return this.#set(false, `${postPath(id)}/like`);
  }

  repostPost(id: string): Promise<Result<Reposted>> {
    return this.#set(true, `${postPath(id)}/repost`);
  }

  unrepostPost(id: string): Promise<Result<Reposted>> {
    return this.#set(false, `${postPath(id)}/repost`);
  }

  // --- Timeline ---------------------------------------------------------------------------------

  /**
   * The home timeline, in pages that do not shift while posts arrive and go. With `explain` each ranked
   * item says why it is where it is.
   */
  readTimeline(
    query?: ListQuery & { order?: Timeline["order"]; explain?: boolean },
  ): Pages<TimelineItem, Timeline> {
    return this.#list("/v1/timeline", query);
  }

  /** Reports which posts were seen. @param keepalive also while a page is left */
  reportImpressions(
    items: NewImpressions["items"],
    { keepalive = false } = {},
  ): Promise<Result<void>> {
    return this.#calls.done({
      method: "POST",
      path: "/v1/timeline/impressions",
      body: { items },
      keepalive,
    });
  }

  // --- Live -------------------------------------------------------------------------------------

  /** Makes a ticket that opens one socket within a minute; `openLive` does it by itself. */
  createTicket(): Promise<Result<Ticket>> {
    return this.#post("/v1/live/tickets", undefined, { repeatable: true });
  }

  /** Opens the live socket, and keeps it open. @param listener gets each event, until `close` */
  openLive(listener: (event: LiveEvent) => void, options?: LiveOptions): Live {
    return new Live(this.#calls, listener, options);
  }

  // --- Graph: a user is named by id, or by @ and a handle -----------------------------------------

  /** A user, with the relations to the caller. */
  readUser(user: string): Promise<Result<User>> {
    return this.#get(userPath(user));
  }

  followUser(user: string): Promise<Result<Following>> {
    return this.#set(true, `${userPath(user)}/follow`);
  }

  unfollowUser(user: string): Promise<Result<Following>> {
    return this.#set(false, `${userPath(user)}/follow`);
  }

  /** How the caller steers their ranked order. */
  readRanking(): Promise<Result<Ranking>> {
    return this.#get(RANKING);
  }

  /** Sets the sliders of the ranked order, each from 0 over 1 (usual) to 2. */
  setRanking(sliders: NewRanking): Promise<Result<Ranking>> {
    return this.#calls.json({ method: "PUT", path: RANKING, body: sliders });
  }

  /** Takes back sliders and tastes. */
  resetRanking(): Promise<Result<Ranking>> {
    return this.#set(false, RANKING);
  }

  /** Asks for more or less like a post; null takes that back. */
  setTaste(id: string, taste: Tasted["taste"]): Promise<Result<Tasted>> {
    return this.#calls.json({ method: "PUT", path: `${postPath(id)}/taste`, body: { taste } });
  }

  muteUser(user: string): Promise<Result<Muted>> {
    return this.#set(true, `${userPath(user)}/mute`);
  }

  unmuteUser(user: string): Promise<Result<Muted>> {
    return this.#set(false, `${userPath(user)}/mute`);
  }

  blockUser(user: string): Promise<Result<Blocked>> {
    return this.#set(true, `${userPath(user)}/block`);
  }

  unblockUser(user: string): Promise<Result<Blocked>> {
    return this.#set(false, `${userPath(user)}/block`);
  }

  /** Up to 20 users to follow. */
  listSuggestions(): Pages<User> {
    return this.#list("/v1/suggestions");
  }

  /** Whom one has muted. */
  listMutes(query?: ListQuery): Pages<User> {
    return this.#list("/v1/me/mutes", query);
  }

  /** Whom one has blocked. */
  listBlocks(query?: ListQuery): Pages<User> {
    return this.#list("/v1/me/blocks", query);
  }

  /** Newest first. */
  listFollowers(user: string, query?: ListQuery): Pages<User> {
    return this.#list(`${userPath(user)}/followers`, query);
  }

  /** Newest first. */
  listFollowing(user: string, query?: ListQuery): Pages<User> {
    return this.#list(`${userPath(user)}/following`, query);
  }

  /** Posts and reposts of a user, newest first. */
  listUserPosts(user: string, query?: ListQuery): Pages<TimelineItem> {
    return this.#list(`${userPath(user)}/posts`, query);
  }

  // --- Operations -------------------------------------------------------------------------------

  /** Whether the Skein answers, and its version. */
  readHealth(): Promise<Result<Health>> {
    return this.#get("/healthz");
  }

  #get<T>(path: string): Promise<Result<T>> {
    return this.#calls.json({ method: "GET", path });
  }

  #post<T>(
    path: string,
    body: unknown,
    more: { headers?: Record<string, string>; repeatable?: boolean } = {},
  ): Promise<Result<T>> {
    return this.#calls.json({ method: "POST", path, body, ...more });
  }

  #set<T>(on: boolean, path: string): Promise<Result<T>> {
    return this.#calls.json({ method: on ? "PUT" : "DELETE", path });
  }

  #list<T, P extends Page<T> = Page<T>>(path: string, query: ListQuery = {}): Pages<T, P> {
    return new Pages<T, P>((cursor) =>
      this.#calls.json({
        method: "GET",
        path,
        query: { ...query, cursor: cursor ?? query.cursor },
      }),
    );
  }
}

function postPath(id: string): string {
  return `/v1/posts/${encodeURIComponent(id)}`;
}

function userPath(user: string): string {
  const handle = user.startsWith("@");
  return `/v1/users/${handle ? "@" : ""}${encodeURIComponent(handle ? user.slice(1) : user)}`;
}
