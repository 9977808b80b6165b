/** A repository of Bluesky, as `com.atproto.sync.getRepo` gives it: a CAR file with all records of an account. */
import { fromUint8Array as carOf } from "@atcute/car";
import { decode, toCidLink } from "@atcute/cbor";
import { fromUint8Array, isCommit } from "@atcute/repo";
import { parse as tidOf, validate as isTid } from "@atcute/tid";
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { CommandError } from "../../project.ts";
import type { Archive, ArchivedPost } from "./archive.ts";
import type { LeftOut } from "./left-out.ts";

const subjectSchema = z.object({ uri: z.string() });
const profileSchema = z.object({
  displayName: z.string().optional(),
  description: z.string().optional(),
});
const postSchema = z.object({
  text: z.string(),
  createdAt: z.string(),
  reply: z.object({ parent: subjectSchema }).optional(),
});
const reactionSchema = z.object({ subject: subjectSchema, createdAt: z.string() });
const followSchema = z.object({ subject: z.string() });

/** Reads a repository. Only public records are in one. @throws CommandError if the file is none */
export async function readBluesky(path: string, leftOut: LeftOut): Promise<Archive> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CommandError(`There is no file ${path}.`, { cause });
  });
  try {
    return archiveOf(bytes, leftOut);
  } catch (cause) {
    if (cause instanceof CommandError) throw cause;
    throw new CommandError(`${path} is no repository of Bluesky.`, { cause });
  }
}

function archiveOf(bytes: Uint8Array, leftOut: LeftOut): Archive {
  const did = ownerOf(bytes);
  const posts: ArchivedPost[] = [];
  const likes: string[] = [];
  const reposts: { uri: string; atMs: number }[] = [];
  const follows: string[] = [];
  let [name, bio] = ["", ""];
  for (const { collection, rkey, record } of fromUint8Array(bytes)) {
    const uri = `at://${did}/${collection}/${rkey}`;
    const read = <T>(schema: z.ZodType<T>, take: (value: T) => void): void => {
      const parsed = schema.safeParse(record);
      if (parsed.success) take(parsed.data);
      else leftOut.add(`records of ${collection} that are damaged`, uri);
    };
    if (collection === "app.bsky.actor.profile") {
      read(profileSchema, ({ displayName = "", description = "" }) => {
        [name, bio] = [displayName, description];
      });
    } else if (collection === "app.bsky.feed.post") {
      read(postSchema, ({ text, createdAt, reply }) => {
        if (text.trim() === "") leftOut.add("posts without a text", uri);
        else
          posts.push({
            uri,
            text,
            atMs: timeOf(createdAt, rkey),
            replyTo: reply?.parent.uri ?? null,
          });
      });
    } else if (collection === "app.bsky.feed.like") {
      read(reactionSchema, ({ subject }) => void likes.push(subject.uri));
    } else if (collection === "app.bsky.feed.repost") {
      read(reactionSchema, ({ subject, createdAt }) => {
        reposts.push({ uri: subject.uri, atMs: timeOf(createdAt, rkey) });
      });
    } else if (collection === "app.bsky.graph.follow") {
      read(followSchema, ({ subject }) => void follows.push(subject));
    } else {
      leftOut.add(`records of ${collection}`);
    }
  }
  return { address: did, home: null, name, bio, follows, posts, likes, reposts };
}

/** The DID in the commit that the file's root is. */
function ownerOf(bytes: Uint8Array): string {
  const car = carOf(bytes);
  const [root] = car.roots;
  for (const { cid, bytes: block } of car) {
    const isRoot = root !== undefined && toCidLink(cid).$link === root.$link;
    if (!isRoot) continue;
    const commit: unknown = decode(block);
    if (isCommit(commit)) return commit.did;
  }
  throw new CommandError("The file has no commit of a repository.");
}

/**
 * When a record was made: what its app says, unless that is no time or later than its key, which the account's server made.
 * @returns milliseconds since 1970
 */
function timeOf(createdAt: string, rkey: string): number {
  const saidMs = Date.parse(createdAt);
  if (!isTid(rkey)) return Number.isNaN(saidMs) ? 0 : Math.max(0, saidMs);
  const keyMs = Math.floor(tidOf(rkey).timestamp / 1000);
  return saidMs >= 0 && saidMs <= keyMs ? saidMs : keyMs;
}
