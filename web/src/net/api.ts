/** The page's client of the API, and the calls that the page makes in a form of its own. */
import {
  keepSession,
  orThrow,
  Skein,
  SkeinAdministration,
} from "../../../client/src/skein-client.ts";
import type {
  AdminUse,
  Figures,
  NewAccount,
  OpenSession,
  Post,
  ProfileChange,
  SignedIn,
  Timeline,
  TimelineItem,
  User,
} from "../../../client/src/wire.ts";
import type { Page } from "../../../client/src/pages.ts";
import { PAGE_DEFAULT_ITEMS, PAGE_MAX_ITEMS } from "../../../feed/limits.ts";
import { type KeptSession, sessionPlace } from "../state/session.ts";

/** A reader sees at once that a call failed, and decides whether to repeat it. */
const ATTEMPTS = 1;

/** The client of whoever is signed in. */
export const skein = new Skein({
  ...keepSession(sessionPlace),
  attempts: ATTEMPTS,
});

/** Opens an account. @throws SkeinError, as all calls here */
export async function signUp(account: NewAccount): Promise<SignedIn> {
  return orThrow(await skein.createAccount(account));
}

/** Signs in with handle and password. */
export async function signIn(handle: string, password: string): Promise<SignedIn> {
  return orThrow(await skein.createSession({ handle, password }));
}

/** Ends a session that this device has forgotten, also while the page is left. */
export async function signOutOf(last: KeptSession): Promise<void> {
  let kept: KeptSession | null = last;
  const place = { load: () => kept, save: (next: KeptSession | null) => void (kept = next) };
  await new Skein({ ...keepSession(place), attempts: 2 }).endSession("current", {
    keepalive: true,
  });
}

/** A page of the home timeline; ranked items come with the reasons for their places. */
export async function readTimeline(
  order: Timeline["order"],
  cursor: string | null,
): Promise<Timeline> {
  const query = order === "ranked" ? { order, explain: true } : { order };
  return orThrow(await skein.readTimeline(query).page(cursor));
}

/** The newest items of the home timeline: a page that has room for `count` and some others. */
export async function readNewest(count: number, cursor: string | null): Promise<Timeline> {
  const limit = Math.min(Math.max(count, PAGE_DEFAULT_ITEMS), PAGE_MAX_ITEMS);
  return orThrow(await skein.readTimeline({ order: "latest", limit }).page(cursor));
}

/** An account, with the viewer's relation to it if they are signed in. */
export async function readUser(handle: string): Promise<User> {
  return orThrow(await skein.readUser(`@${handle}`));
}

/** Changes the reader's own profile. */
export async function changeProfile(change: ProfileChange): Promise<User> {
  return orThrow(await skein.changeMe(change));
}

/** A page of an account's posts and reposts, newest first. */
export async function readUserPosts(
  handle: string,
  cursor: string | null,
): Promise<Page<TimelineItem>> {
  return orThrow(await skein.listUserPosts(`@${handle}`).page(cursor));
}

/** A page of an account's followers or followees, newest first. */
export async function readPeople(
  handle: string,
  side: "followers" | "following",
  cursor: string | null,
): Promise<Page<User>> {
  const user = `@${handle}`;
  const people = side === "followers" ? skein.listFollowers(user) : skein.listFollowing(user);
  return orThrow(await people.page(cursor));
}

/** Accounts that the reader may want to follow. */
export async function readSuggestions(): Promise<Page<User>> {
  return orThrow(await skein.listSuggestions().page());
}

/** A page of those whom the reader has muted or blocked. */
export async function readHidden(
  relation: "muted" | "blocked",
  cursor: string | null,
): Promise<Page<User>> {
  const people = relation === "muted" ? skein.listMutes() : skein.listBlocks();
  return orThrow(await people.page(cursor));
}

/** The posts that are above a reply, nearest first: up to a page of them. */
export async function readAncestors(id: string): Promise<Page<Post>> {
  return orThrow(await skein.listAncestors(id).page());
}

/** The relations that an account can begin and end by itself. */
export type Relation = "follow" | "mute" | "block";

/** Begins or ends a relation with an account. */
export async function setRelation(handle: string, relation: Relation, on: boolean): Promise<void> {
  const user = `@${handle}`;
  const calls = {
    follow: () => (on ? skein.followUser(user) : skein.unfollowUser(user)),
    mute: () => (on ? skein.muteUser(user) : skein.unmuteUser(user)),
    block: () => (on ? skein.blockUser(user) : skein.unblockUser(user)),
  };
  const answer = await calls[relation]();
  if (!answer.ok) throw answer.error;
}

/** The reactions of a reader to a post. */
export type Reaction = "like" | "repost";

/** Begins or ends a reaction to a post. @returns the post's counts */
export async function setReaction(
  id: string,
  reaction: Reaction,
  on: boolean,
): Promise<Post["counts"]> {
  if (reaction === "like") {
    return orThrow(await (on ? skein.likePost(id) : skein.unlikePost(id))).counts;
  }
  return orThrow(await (on ? skein.repostPost(id) : skein.unrepostPost(id))).counts;
}

/** The sessions of the reader's account, oldest first. */
export async function readSessions(): Promise<readonly OpenSession[]> {
  return orThrow(await skein.listSessions()).items;
}

/** Ends a session of the reader's account; one that has ended already is no failure. */
export async function endSessionOf(id: string): Promise<void> {
  orThrow(await skein.endSession(id));
}

/** Ends all sessions of the reader's account but this device's. */
export async function endOtherSessions(): Promise<void> {
  orThrow(await skein.endOtherSessions());
}

/** The figures of the whole deployment, for administrators. */
export async function readFigures(token: string): Promise<Figures> {
  const administration = new SkeinAdministration({ token, attempts: ATTEMPTS });
  return orThrow(await administration.readFigures());
}

/** A page of what administrators did, newest first. */
export async function readAdminUses(token: string, cursor: string | null): Promise<Page<AdminUse>> {
  const administration = new SkeinAdministration({ token, attempts: ATTEMPTS });
  return orThrow(await administration.listAdminUses().page(cursor));
}

/** One post. */
export async function readPost(id: string): Promise<Post> {
  return orThrow(await skein.readPost(id));
}

/** A page of the replies to a post, newest first. */
export async function readReplies(id: string, cursor: string | null): Promise<Page<Post>> {
  return orThrow(await skein.listReplies(id).page(cursor));
}

/** Publishes a post. Repeated calls with the same `key` make one post. */
export async function sendPost(text: string, replyTo: string | null, key: string): Promise<Post> {
  const post = replyTo === null ? { text } : { text, replyTo };
  return orThrow(await skein.createPost(post, key));
}

/** Deletes one's own post. */
export async function deletePost(id: string): Promise<void> {
  orThrow(await skein.deletePost(id));
}
