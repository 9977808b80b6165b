/**
 * An archive as Mastodon's backup service writes it (mastodon/mastodon, app/services/backup_service.rb): actor.json,
 * outbox.json and likes.json in ActivityPub's terms; and following_accounts.csv, which people download by itself and put beside these.
 */
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { CommandError } from "../../project.ts";
import type { Archive, ArchivedPost } from "./archive.ts";
import { filesOf } from "./archive-files.ts";
import type { LeftOut } from "./left-out.ts";
import { textOfHtml } from "./texts.ts";

const FOLLOWING = "following_accounts.csv";
/** ActivityPub's name of everybody; all of these are in use. */
const EVERYBODY = new Set(["https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"]);

const addresseesSchema = z.union([z.string(), z.array(z.string())]).nullish();
const timeSchema = z.iso.datetime({ offset: true });

const actorSchema = z.object({
  id: z.url(),
  preferredUsername: z.string().min(1),
  name: z.string().nullish(),
  summary: z.string().nullish(),
});
const noteSchema = z.object({
  id: z.string().min(1),
  content: z.string().nullish(),
  summary: z.string().nullish(),
  published: timeSchema,
  inReplyTo: z.string().nullish(),
  to: addresseesSchema,
  cc: addresseesSchema,
});
const announceSchema = z.object({
  type: z.literal("Announce"),
  published: timeSchema,
  object: z.union([z.string(), z.object({ id: z.string() })]),
  to: addresseesSchema,
  cc: addresseesSchema,
});
const activitySchema = z.union([
  z.object({ type: z.literal("Create"), object: noteSchema }),
  announceSchema,
]);
const outboxSchema = z.object({ orderedItems: z.array(z.unknown()) });
const likesSchema = z.object({ orderedItems: z.array(z.string()) });

/** Reads an archive. @throws CommandError if it is none */
export async function readMastodon(path: string, leftOut: LeftOut): Promise<Archive> {
  const files = await filesOf(path, ["actor.json", "outbox.json", "likes.json", FOLLOWING]);
  const read = <T>(name: string, schema: z.ZodType<T>, absent?: T): T => {
    const text = files.get(name);
    if (text === undefined && absent !== undefined) return absent;
    const parsed = schema.safeParse(text === undefined ? undefined : jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new CommandError(`${path} is no archive of Mastodon: ${name} is absent or different.`);
  };
  const { id, preferredUsername, name, summary } = read("actor.json", actorSchema);
  const home = new URL(id).host;
  const outbox = read("outbox.json", outboxSchema).orderedItems;
  const posts: ArchivedPost[] = [];
  const reposts: { uri: string; atMs: number }[] = [];
  for (const item of outbox) {
    const activity = activitySchema.safeParse(item).data;
    if (activity === undefined) {
      leftOut.add("activities of other kinds");
    } else if (activity.type === "Create") {
      const post = postOf(activity.object, leftOut);
      if (post !== null) posts.push(post);
    } else if (isPublic(activity)) {
      const { object, published } = activity;
      const uri = typeof object === "string" ? object : object.id;
      reposts.push({ uri, atMs: Date.parse(published) });
    } else {
      leftOut.add("reposts that are not for everybody");
    }
  }
  return {
    address: `${preferredUsername}@${home}`,
    home,
    name: name ?? "",
    bio: textOfHtml(summary ?? ""),
    follows: followsIn(files.get(FOLLOWING) ?? "", home),
    posts,
    likes: read("likes.json", likesSchema, { orderedItems: [] }).orderedItems,
    reposts,
  };
}

/** A post with what is read of it; null if it is left out. */
function postOf(note: z.infer<typeof noteSchema>, leftOut: LeftOut): ArchivedPost | null {
  const { id: uri, content, summary, published, inReplyTo } = note;
  if (!isPublic(note)) {
    leftOut.add("posts that are not for everybody");
    return null;
  }
  const text = textOfHtml(content ?? "");
  if (text === "") {
    leftOut.add("posts without a text", uri);
    return null;
  }
  const warned = (summary ?? "") === "" ? text : `${summary}\n\n${text}`;
  return { uri, atMs: Date.parse(published), text: warned, replyTo: inReplyTo ?? null };
}

function isPublic({ to, cc }: { to?: Addressees; cc?: Addressees }): boolean {
  return [to, cc].flat().some((whom) => typeof whom === "string" && EVERYBODY.has(whom));
}
type Addressees = z.infer<typeof addresseesSchema>;

/** The addresses of a list of follows. Those of the own host may come without it. */
function followsIn(csv: string, home: string): string[] {
  const rows = parse(csv, {
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
  });
  return rows.flatMap(([address = ""]) => {
    if (address === "" || address === "Account address") return [];
    const plain = address.replace(/^@/, "");
    return plain.includes("@") ? plain : `${plain}@${home}`;
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
