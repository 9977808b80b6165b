/** What people take with them from elsewhere, and the lines of an import that bring it. */
import { createHash } from "node:crypto";
import type { ImportLine } from "../../../client/src/wire.ts";
import { BIO_MAX_CHARS } from "../../../feed/limits-profiles.ts";
import { IMPORT_KEY_MAX_CHARS } from "../../../feed/limits-import.ts";
import { NAME_MAX_CHARS, POST_TEXT_MAX_CHARS } from "../../../feed/limits.ts";
import { CommandError } from "../../project.ts";
import type { Handles } from "./handles.ts";
import type { LeftOut } from "./left-out.ts";
import { shortened, textParts } from "./texts.ts";

/** One account with what it has done. Accounts are named by address, and posts by URI. */
export interface Archive {
  address: string;
  /** The host whose accounts keep their names here; null if none do. */
  home: string | null;
  name: string;
  bio: string;
  follows: readonly string[];
  posts: readonly ArchivedPost[];
  likes: readonly string[];
  reposts: readonly { uri: string; atMs: number }[];
}

export interface ArchivedPost {
  uri: string;
  atMs: number;
  text: string;
  replyTo: string | null;
}

interface Owned {
  handle: string;
  archive: Archive;
}

/**
 * The lines of some archives, in the order that an import needs: accounts, follows, posts with parents before their
 * replies, likes and reposts. Likes and reposts of posts that are in none of the archives are left out, and so are follows of
 * accounts without a handle here.
 * @throws CommandError if the owner of an archive has no handle, or two have the same
 */
export function* linesOfArchives(
  archives: readonly Archive[],
  handles: Handles,
  leftOut: LeftOut,
): Generator<ImportLine> {
  const owned = archives.map((archive) => ({ archive, handle: ownHandle(archive, handles) }));
  const all = new Set(owned.map(({ handle }) => handle));
  if (all.size < owned.length) throw new CommandError("Two of the archives have the same handle.");
  for (const { handle, archive } of owned) yield userLine(handle, archive);
  for (const { handle, archive } of owned) {
    for (const address of archive.follows) {
      const followee = handles.of(address, archive.home);
      if (followee === null) leftOut.add("follows of accounts without a handle here", address);
      else if (followee !== handle) yield { follow: [handle, followee] };
    }
  }
  const posts = new Map(
    owned.flatMap(({ handle, archive }) =>
      archive.posts.map((post) => [post.uri, { ...post, handle }] as const),
    ),
  );
  yield* postLines(posts, leftOut);
  yield* reactionLines(owned, new Set(posts.keys()), leftOut);
}

function ownHandle({ address, home }: Archive, handles: Handles): string {
  const handle = handles.of(address, home);
  if (handle !== null) return handle;
  throw new CommandError(`${address} needs a handle: add a row to the file of --handles.`);
}

function userLine(handle: string, { name, bio }: Archive): ImportLine {
  return {
    user: {
      handle,
      name: shortened(name, NAME_MAX_CHARS) || handle,
      bio: shortened(bio, BIO_MAX_CHARS),
    },
  };
}

type OwnedPost = ArchivedPost & { handle: string };

/** Posts by time, but for parents, which come before their replies. */
function* postLines(
  posts: ReadonlyMap<string, OwnedPost>,
  leftOut: LeftOut,
): Generator<ImportLine> {
  const writtenMs = new Map<string, number>();
  for (const post of [...posts.values()].toSorted((a, b) => a.atMs - b.atMs)) {
    const waiting: OwnedPost[] = [];
    const seen = new Set<string>();
    for (let next: OwnedPost | undefined = post; next !== undefined;) {
      if (writtenMs.has(next.uri) || seen.has(next.uri)) break;
      seen.add(next.uri);
      waiting.push(next);
      next = posts.get(next.replyTo ?? "");
    }
    for (const one of waiting.toReversed()) {
      const parentMs = writtenMs.get(one.replyTo ?? "");
      if (one.replyTo !== null && parentMs === undefined) {
        leftOut.add("replies to posts that are in none of the archives became posts of their own");
      }
      // A clock elsewhere may have been wrong; a reply is never older than its parent.
      const atMs = Math.max(one.atMs, parentMs === undefined ? 0 : parentMs + 1);
      writtenMs.set(one.uri, atMs);
      yield* linesOfPost({ ...one, atMs }, parentMs === undefined ? null : one.replyTo);
    }
  }
}

/** A post, or a thread if its text is too long for one. */
function* linesOfPost(
  { uri, atMs, text, handle }: OwnedPost,
  replyTo: string | null,
): Generator<ImportLine> {
  let parent = replyTo === null ? null : keyOf(replyTo);
  for (const [n, part] of textParts(text, POST_TEXT_MAX_CHARS).entries()) {
    const key = keyOf(n === 0 ? uri : `${uri}#${n + 1}`);
    const at = new Date(atMs + n).toISOString();
    yield {
      post: {
        key,
        author: handle,
        text: part,
        at,
        ...(parent === null ? {} : { replyTo: parent }),
      },
    };
    parent = key;
  }
}

function* reactionLines(
  owned: readonly Owned[],
  posts: ReadonlySet<string>,
  leftOut: LeftOut,
): Generator<ImportLine> {
  for (const { handle, archive } of owned) {
    for (const uri of archive.likes) {
      if (posts.has(uri)) yield { like: [handle, keyOf(uri)] };
      else leftOut.add("likes of posts that are in none of the archives", uri);
    }
  }
  for (const { handle, archive } of owned) {
    for (const { uri, atMs } of archive.reposts) {
      if (posts.has(uri)) yield { repost: [handle, keyOf(uri), new Date(atMs).toISOString()] };
      else leftOut.add("reposts of posts that are in none of the archives", uri);
    }
  }
}

/** The key of a post: its URI, or a hash of one that is too long. */
function keyOf(uri: string): string {
  if (uri.length <= IMPORT_KEY_MAX_CHARS) return uri;
  return `sha256:${createHash("sha256").update(uri).digest("hex")}`;
}
