import { Secp256k1Keypair } from "@atproto/crypto";
import {
  blocksToCarFile,
  MemoryBlockstore,
  type RecordCreateOp,
  Repo,
  WriteOpAction,
} from "@atproto/repo";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { importLineSchema } from "../../../feed/wire-import.ts";
import { converted } from "./convert.ts";
import { Handles } from "./handles.ts";
import { LeftOut } from "./left-out.ts";

const ADA = "did:plc:adaadaadaadaadaadaadaada";
const GRACE = "did:plc:gracegracegracegracegra2";
const POST = "app.bsky.feed.post";
/** Keys as servers make them: the time in microseconds, in a sortable base 32. */
const [FIRST_KEY, SECOND_KEY, THIRD_KEY] = ["3kaaaaaaaaa22", "3kaaaaaaaab22", "3kaaaaaaaac22"];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-bluesky-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function record(collection: string, rkey: string, fields: Record<string, unknown>): RecordCreateOp {
  const value = { $type: collection, ...fields };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- records of the network, whose type the library keeps to itself
  return { action: WriteOpAction.Create, collection, rkey, record: value } as RecordCreateOp;
}

/** Writes a repository as Bluesky's own library makes it. @returns the file's path */
async function repository(did: string, records: RecordCreateOp[]): Promise<string> {
  const storage = new MemoryBlockstore();
  const repo = await Repo.create(storage, did, await Secp256k1Keypair.create(), records);
  const path = join(folder, `${did.replaceAll(":", "_")}.car`);
  await writeFile(path, await blocksToCarFile(repo.cid, storage.blocks));
  return path;
}

function post(rkey: string, text: string, more: Record<string, unknown> = {}): RecordCreateOp {
  return record(POST, rkey, { text, createdAt: "2023-05-01T10:00:00.000Z", ...more });
}

function uri(did: string, rkey: string): string {
  return `at://${did}/${POST}/${rkey}`;
}

async function convert(paths: readonly string[], csv = "") {
  const leftOut = new LeftOut();
  const lines = [];
  for await (const line of converted({ from: "bluesky", paths }, new Handles(csv), leftOut)) {
    lines.push(importLineSchema.parse(line));
  }
  return { lines, said: leftOut.inWords() };
}

it("repositories of Bluesky become accounts, follows, posts, likes and reposts", async () => {
  const subject = { uri: uri(GRACE, FIRST_KEY), cid: "bafy" };
  const createdAt = "2023-05-02T10:00:00.000Z";
  const reply = { root: subject, parent: subject };
  const strange = { uri: "at://did:plc:somebodyelse/app.bsky.feed.post/3k", cid: "bafy" };
  // More records than a node of the tree holds.
  const many = Array.from({ length: 40 }, (_, n) => {
    const time = new Date(Date.UTC(2023, 5, 1, 0, n)).toISOString();
    return post(
      `3kbaaaaaaa${String.fromCharCode(97 + (n % 26))}${n < 26 ? "2" : "3"}2`,
      `Number ${n}`,
      {
        createdAt: time,
      },
    );
  });
  const ada = await repository(ADA, [
    record("app.bsky.actor.profile", "self", { displayName: "Ada", description: "Engines" }),
    post(SECOND_KEY, "An answer", { reply, createdAt: "2023-05-01T11:00:00+01:00" }),
    post(THIRD_KEY, "To a stranger", { reply: { root: strange, parent: strange } }),
    record("app.bsky.feed.like", FIRST_KEY, { subject, createdAt }),
    record("app.bsky.feed.like", SECOND_KEY, { subject: strange, createdAt }),
    record("app.bsky.feed.repost", FIRST_KEY, { subject, createdAt }),
    record("app.bsky.graph.follow", FIRST_KEY, { subject: GRACE, createdAt }),
    record("app.bsky.graph.follow", SECOND_KEY, { subject: "did:plc:stranger", createdAt }),
    record("app.bsky.graph.block", FIRST_KEY, { subject: "did:plc:stranger", createdAt }),
    ...many,
  ]);
  const grace = await repository(GRACE, [
    post(FIRST_KEY, "A time that lies ahead", { createdAt: "2099-01-01T00:00:00Z" }),
    post(SECOND_KEY, "", {}),
  ]);
  const handles = `${ADA},ada\n${GRACE},Grace\n`;
  const { lines, said } = await convert([ada, grace], handles);
  expect(lines.slice(0, 3)).toEqual([
    { user: { handle: "ada", name: "Ada", bio: "Engines" } },
    { user: { handle: "grace", name: "grace", bio: "" } },
    { follow: ["ada", "grace"] },
  ]);
  const posts = lines.flatMap((line) => ("post" in line ? [line.post] : []));
  expect(posts).toHaveLength(43);
  const texts = posts.map(({ text }) => text);
  expect(texts.filter((text) => text.startsWith("Number"))).toEqual(
    Array.from({ length: 40 }, (_, n) => `Number ${n}`),
  );
  const answer = posts.find(({ text }) => text === "An answer");
  expect(answer?.replyTo).toBe(uri(GRACE, FIRST_KEY));
  expect(texts.indexOf("A time that lies ahead")).toBeLessThan(texts.indexOf("An answer"));
  const ahead = posts.find(({ text }) => text === "A time that lies ahead");
  expect(Date.parse(ahead?.at ?? "")).toBeLessThan(Date.UTC(2024, 0, 1));
  expect(posts.find(({ text }) => text === "To a stranger")).toEqual({
    key: uri(ADA, THIRD_KEY),
    author: "ada",
    text: "To a stranger",
    at: "2023-05-01T10:00:00.000Z",
  });
  expect(lines.slice(-2)).toEqual([
    { like: ["ada", uri(GRACE, FIRST_KEY)] },
    { repost: ["ada", uri(GRACE, FIRST_KEY), createdAt] },
  ]);
  expect(said.toSorted()).toEqual([
    "1 follows of accounts without a handle here, such as did:plc:stranger",
    `1 likes of posts that are in none of the archives, such as ${strange.uri}`,
    `1 posts without a text, such as ${uri(GRACE, SECOND_KEY)}`,
    "1 records of app.bsky.graph.block",
    "1 replies to posts that are in none of the archives became posts of their own",
  ]);
});

it("a repository whose owner has no handle here, and a file that is no repository, are refused", async () => {
  const ada = await repository(ADA, [post(FIRST_KEY, "Hello")]);
  await expect(convert([ada])).rejects.toThrow(/did:plc:ada\w+ needs a handle/);
  const text = join(folder, "text.car");
  await writeFile(text, "no repository");
  await expect(convert([text])).rejects.toThrow(/text\.car is no repository of Bluesky/);
  await expect(convert([join(folder, "nothing.car")])).rejects.toThrow(/There is no file/);
});
