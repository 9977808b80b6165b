import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importLineSchema } from "../../../feed/wire-import.ts";
import { converted } from "./convert.ts";
import { Handles } from "./handles.ts";
import { LeftOut } from "./left-out.ts";

const HOST = "https://social.example";
const EVERYBODY = "https://www.w3.org/ns/activitystreams#Public";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-mastodon-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function uriOf(name: string, id: number): string {
  return `${HOST}/users/${name}/statuses/${id}`;
}

interface NoteParts {
  content?: string;
  inReplyTo?: string | null;
  summary?: string | null;
  to?: string[];
  cc?: string[];
  at?: string;
}

/** The activity of a status, with the members that Mastodon's serializers write. */
function create(name: string, id: number, parts: NoteParts) {
  const actor = `${HOST}/users/${name}`;
  const published = parts.at ?? `2023-03-01T10:00:${String(id).padStart(2, "0")}Z`;
  const { to = [EVERYBODY], cc = [`${actor}/followers`] } = parts;
  return {
    id: `${uriOf(name, id)}/activity`,
    type: "Create",
    actor,
    published,
    to,
    cc,
    object: {
      id: uriOf(name, id),
      type: "Note",
      summary: parts.summary ?? null,
      inReplyTo: parts.inReplyTo ?? null,
      published,
      url: `${HOST}/@${name}/${id}`,
      attributedTo: actor,
      to,
      cc,
      sensitive: false,
      content: parts.content ?? `<p>Status ${id}</p>`,
      contentMap: { en: parts.content ?? `<p>Status ${id}</p>` },
      attachment: [],
      tag: [],
      replies: { id: `${uriOf(name, id)}/replies`, type: "Collection" },
    },
    signature: { type: "RsaSignature2017", creator: `${actor}#main-key`, created: published },
  };
}

function announce(name: string, id: number, object: string, to = [EVERYBODY]) {
  const actor = `${HOST}/users/${name}`;
  const published = "2023-03-02T10:00:00Z";
  const cc = [`${actor}/followers`];
  return { id: `${uriOf(name, id)}/activity`, type: "Announce", actor, published, to, cc, object };
}

function collection(id: string, orderedItems: unknown[]) {
  const context = "https://www.w3.org/ns/activitystreams";
  const totalItems = orderedItems.length;
  return { "@context": context, id, type: "OrderedCollection", totalItems, orderedItems };
}

/** The files of an archive, by name. */
function archive(name: string, outbox: unknown[], likes: string[]): Record<string, string> {
  const actor = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    id: `${HOST}/users/${name}`,
    type: "Person",
    outbox: "outbox.json",
    likes: "likes.json",
    bookmarks: "bookmarks.json",
    preferredUsername: name,
    name: `${name} of Example`,
    summary: "<p>Engines &amp; <a href='https://x.example'>looms</a></p>",
    icon: { type: "Image", mediaType: "image/png", url: "avatar.png" },
  };
  return {
    "actor.json": JSON.stringify(actor),
    "outbox.json": JSON.stringify(collection("outbox.json", outbox)),
    "likes.json": JSON.stringify(collection("likes.json", likes)),
    "bookmarks.json": JSON.stringify(collection("bookmarks.json", [])),
  };
}

async function unpacked(name: string, files: Record<string, string>): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
  return path;
}

/** Packs files as the backup service does: pictures first. */
async function packed(name: string, files: Record<string, string>): Promise<string> {
  const path = join(folder, name);
  const tar = pack();
  tar.entry({ name: "media_attachments/files/1/original/a.png" }, Buffer.alloc(100_000, 7));
  for (const [file, text] of Object.entries(files)) tar.entry({ name: file }, text);
  tar.finalize();
  await pipeline(tar, createGzip(), createWriteStream(path));
  return path;
}

/** @returns the lines, which are all valid, and what is said of the others */
async function convert(paths: readonly string[], csv = "") {
  const leftOut = new LeftOut();
  const lines = [];
  for await (const line of converted({ from: "mastodon", paths }, new Handles(csv), leftOut)) {
    lines.push(importLineSchema.parse(line));
  }
  return { lines, said: leftOut.inWords() };
}

describe("archives of Mastodon", () => {
  it("become accounts, follows, posts with parents before replies, likes and reposts among them", async () => {
    const ada = archive(
      "ada",
      [
        create("ada", 2, { inReplyTo: uriOf("Grace", 9), at: "2023-03-01T10:00:02Z" }),
        create("ada", 3, { inReplyTo: "https://other.example/notes/1" }),
        announce("ada", 4, uriOf("Grace", 9)),
        announce("ada", 5, "https://other.example/notes/1"),
      ],
      [uriOf("Grace", 9), "https://other.example/notes/2"],
    );
    const follows =
      "Account address,Show boosts,Notify on new posts,Languages\n" +
      "Grace,true,false,\nzoe@other.example,true,false,\nbob@elsewhere.example,true,false,en\n";
    const one = await unpacked("ada", { ...ada, "following_accounts.csv": follows });
    const grace = archive("Grace", [create("Grace", 9, { at: "2023-03-01T10:00:05Z" })], []);
    const other = await packed("grace.tar.gz", grace);
    const handles = "zoe@other.example,zoe_o\n";
    const { lines, said } = await convert([one, other], handles);
    const profile = (name: string) => ({ name: `${name} of Example`, bio: "Engines & looms" });
    expect(lines).toEqual([
      { user: { handle: "ada", ...profile("ada") } },
      { user: { handle: "grace", ...profile("Grace") } },
      { follow: ["ada", "grace"] },
      { follow: ["ada", "zoe_o"] },
      {
        post: {
          key: uriOf("Grace", 9),
          author: "grace",
          text: "Status 9",
          at: "2023-03-01T10:00:05.000Z",
        },
      },
      {
        post: {
          key: uriOf("ada", 2),
          author: "ada",
          text: "Status 2",
          at: "2023-03-01T10:00:05.001Z",
          replyTo: uriOf("Grace", 9),
        },
      },
      {
        post: {
          key: uriOf("ada", 3),
          author: "ada",
          text: "Status 3",
          at: "2023-03-01T10:00:03.000Z",
        },
      },
      { like: ["ada", uriOf("Grace", 9)] },
      { repost: ["ada", uriOf("Grace", 9), "2023-03-02T10:00:00.000Z"] },
    ]);
    expect(said.toSorted()).toEqual([
      "1 follows of accounts without a handle here, such as bob@elsewhere.example",
      "1 likes of posts that are in none of the archives, such as https://other.example/notes/2",
      "1 replies to posts that are in none of the archives became posts of their own",
      "1 reposts of posts that are in none of the archives, such as https://other.example/notes/1",
    ]);
  });

  it("lose no private post or repost to everybody", async () => {
    const followers = [`${HOST}/users/ada/followers`];
    const path = await unpacked(
      "ada",
      archive(
        "ada",
        [
          create("ada", 1, { to: followers, cc: [] }),
          create("ada", 2, { to: [`${HOST}/users/bob`], cc: [] }),
          create("ada", 3, { to: followers, cc: [EVERYBODY] }),
          create("ada", 4, { to: ["as:Public"], cc: [] }),
          announce("ada", 5, uriOf("ada", 4), followers),
        ],
        [],
      ),
    );
    const { lines, said } = await convert([path]);
    expect(lines.slice(1).map((line) => ("post" in line ? line.post.text : line))).toEqual([
      "Status 3",
      "Status 4",
    ]);
    expect(said).toContain("2 posts that are not for everybody");
    expect(said).toContain("1 reposts that are not for everybody");
  });

  it("keep their texts: links whole, lines and paragraphs, warnings first, and long ones as threads", async () => {
    const link =
      '<p>See <a href="https://a.example/x"><span class="invisible">https://</span>' +
      '<span class="ellipsis">a.example</span><span class="invisible">/x</span></a><br />&lt;now&gt;</p><p>Bye 🦉</p>';
    const words = Array.from({ length: 80 }, (_, n) => `word${n}`).join(" ");
    const path = await unpacked(
      "ada",
      archive(
        "ada",
        [
          create("ada", 1, { content: link, summary: "Owls" }),
          create("ada", 2, { content: `<p>${words}</p>` }),
          create("ada", 3, { content: "" }),
        ],
        [],
      ),
    );
    const { lines, said } = await convert([path]);
    const posts = lines.flatMap((line) => ("post" in line ? [line.post] : []));
    expect(posts[0]?.text).toBe("Owls\n\nSee https://a.example/x\n<now>\n\nBye 🦉");
    const thread = posts.slice(1);
    expect(thread.length).toBeGreaterThan(1);
    expect(thread.map(({ text }) => text).join(" ")).toBe(words);
    expect(thread.map(({ replyTo }) => replyTo)).toEqual([
      undefined,
      ...thread.slice(0, -1).map(({ key }) => key),
    ]);
    expect(said).toEqual([`1 posts without a text, such as ${uriOf("ada", 3)}`]);
  });

  it("are refused by their names if they are none, or if two would be one account", async () => {
    const path = await unpacked("ada", archive("ada", [], []));
    const empty = await unpacked("empty", {});
    await expect(convert([empty])).rejects.toThrow(/empty is no archive of Mastodon: actor\.json/);
    await expect(convert([path, path])).rejects.toThrow(/the same handle/);
    await expect(convert([join(folder, "nothing.tar.gz")])).rejects.toThrow(/There is no file/);
    const text = join(folder, "text.tar.gz");
    await writeFile(text, "no archive");
    await expect(convert([text])).rejects.toThrow(/is no \.tar\.gz/);
  });
});
