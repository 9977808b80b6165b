import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { IMPORT_CHUNK_LINES, IMPORT_LINE_MAX_BYTES } from "../../feed/limits-import.ts";
import { subjectOf } from "../../db/subjects.ts";
import type { User } from "../../feed/wire.ts";
import type { ImportReport } from "../../feed/wire-import.ts";
import { watchedDatabase } from "../../test/workerd/doubles.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";
import { createApp } from "../api/app.ts";

const world = new World();

function userLines(prefix: string, count: number) {
  return Array.from({ length: count }, (_, n) => ({ user: { handle: `${prefix}_${n}` } }));
}

/** A report whose other counts are 0. */
function reportOf(counts: Partial<ImportReport>): ImportReport {
  const none = { users: 0, follows: 0, posts: 0, likes: 0, reposts: 0, skipped: 0, errors: 0 };
  return { ...none, next: null, ...counts };
}

async function read(handle: string): Promise<User> {
  return (await world.call<User>("GET", `/v1/users/@${handle}`)).body;
}

/** Streams bytes in pieces whose ends fall anywhere, and reads the answer's lines. */
async function streamed(text: string, pieceBytes: number): Promise<unknown[]> {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, (at += pieceBytes)));
    },
  });
  const response = await createApp().fetch(
    new Request("http://skein.test/v1/admin/import", {
      method: "POST",
      headers: { authorization: `Bearer ${env.ADMIN_TOKEN}` },
      body,
    }),
    world.env,
  );
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = new TextDecoder()
    .decode(await response.arrayBuffer())
    .trimEnd()
    .split("\n");
  return lines.map((line): unknown => JSON.parse(line));
}

describe("an import", () => {
  it("gives accounts, new ones and others, the profile and the identity of their lines", async () => {
    const own = new World({ IMAGE_HOSTS: "images.example" });
    const issuer = "https://login.example";
    const existing = await own.account();
    const { handle } = existing.user;
    const other = `${handle}_2`;
    const lines = [
      {
        user: {
          handle,
          name: "New name",
          bio: "About me",
          avatarUrl: "https://images.example/a.png",
          externalId: { iss: issuer, sub: handle },
        },
      },
      { user: { handle: other, bio: "Another" } },
    ];
    await own.import(lines);
    await own.import(lines);
    const profileOf = async (name: string) =>
      (await own.call<User>("GET", `/v1/users/@${name}`)).body;
    expect(await profileOf(handle)).toMatchObject({
      name: "New name",
      bio: "About me",
      avatarUrl: "https://images.example/a.png",
    });
    expect(await profileOf(other)).toMatchObject({ name: other, bio: "Another", avatarUrl: null });
    const subject = await subjectOf({ iss: issuer, sub: handle });
    expect(await own.deps.store.identities.accountOf(subject)).toBe(existing.user.id);

    const wrong = await own.import([
      { user: { handle: other, externalId: { iss: issuer, sub: handle } } },
      { user: { handle: other, avatarUrl: "https://elsewhere.example/a.png" } },
    ]);
    expect(wrong).toEqual([
      { line: 1, error: "externalId: another account has it" },
      { line: 2, error: "avatarUrl: an https address on a host of IMAGE_HOSTS" },
      expect.objectContaining({ errors: 2 }),
    ]);
    expect(await own.deps.store.identities.accountOf(subject)).toBe(existing.user.id);

    const handles = [`${handle}_pw`, handle];
    await own.call("POST", "/v1/accounts", {
      body: { handle: handles[0], password: "correct horse" },
    });
    const refused = await own.import(
      handles.map((one) => ({ user: { handle: one, externalId: { iss: issuer, sub: "mine" } } })),
    );
    const error = "externalId: the account has a password or another subject; its owner links it";
    expect(refused.slice(0, 2)).toEqual([
      { line: 1, error },
      { line: 2, error },
    ]);
    await own.drain();
  });

  it("leaves bio and picture to an account whose line gives it only a name, with or without an identity", async () => {
    const own = new World({ IMAGE_HOSTS: "images.example" });
    const { handle } = (await own.account()).user;
    const [bio, avatarUrl] = ["About me", "https://images.example/a.png"];
    await own.import([{ user: { handle, name: "First", bio, avatarUrl } }]);
    const profile = async () => (await own.call<User>("GET", `/v1/users/@${handle}`)).body;
    await own.import([{ user: { handle, name: "Second" } }]);
    expect(await profile()).toMatchObject({ name: "First", bio, avatarUrl });
    const externalId = { iss: "https://login.example", sub: handle };
    await own.import([{ user: { handle, name: "Third", externalId } }]);
    expect(await profile()).toMatchObject({ name: "Third", bio, avatarUrl });
    await own.drain();
  });

  it("makes accounts and follows, and reports how many", async () => {
    const answer = await world.import([
      { user: { handle: "Ada", name: " Ada 👩‍💻 " } },
      { user: { handle: "bob" } },
      { follow: ["ADA", "bob"] },
      { follow: ["bob", "ada"] },
    ]);
    expect(answer).toEqual([reportOf({ users: 2, follows: 2, skipped: 0, errors: 0 })]);
    expect(await read("ada")).toMatchObject({
      name: "Ada 👩‍💻",
      counts: { followers: 1, following: 1, posts: 0 },
    });
    expect((await read("bob")).name).toBe("bob");
  });

  it("can be repeated, and changes nothing then", async () => {
    const lines = [
      ...userLines("twice", 3),
      { follow: ["twice_0", "twice_1"] },
      { follow: ["twice_0", "twice_2"] },
    ];
    await world.import(lines);
    const before = [await read("twice_0"), await countRows(world, "following")];
    const waiting = await countRows(world, "outbox");
    expect(await world.import(lines)).toEqual([
      reportOf({ users: 0, follows: 0, skipped: 5, errors: 0 }),
    ]);
    expect([await read("twice_0"), await countRows(world, "following")]).toEqual(before);
    expect(await countRows(world, "outbox")).toBe(waiting);
  });

  it("skips what it names twice", async () => {
    const lines = [
      ...userLines("double", 2),
      { user: { handle: "DOUBLE_0" } },
      { follow: ["double_0", "double_1"] },
      { follow: ["Double_0", "double_1"] },
    ];
    expect(await world.import(lines)).toEqual([
      reportOf({ users: 2, follows: 1, skipped: 2, errors: 0 }),
    ]);
    expect((await read("double_1")).counts.followers).toBe(1);
  });

  it("reports a bad line with its number, and goes on", async () => {
    const bad: unknown[] = [
      "not json",
      '{"user":',
      { user: { handle: "x" } },
      { user: { handle: "fine", name: "" } },
      { user: { handle: "fine", extra: 1 } },
      { user: { handle: "fine" }, extra: 1 },
      { user: { handle: "fine" }, follow: ["good", "goods"] },
      { follow: ["good"] },
      { follow: ["good", "goods", "goodest"] },
      { follow: "good" },
      { follow: ["good", "nobody"] },
      { follow: ["nobody", "good"] },
      { follow: ["good", "GOOD"] },
      [],
      "null",
      "7",
      JSON.stringify({ user: { handle: "long", name: "x".repeat(IMPORT_LINE_MAX_BYTES) } }),
    ];
    const lines = ["", { user: { handle: "good" } }, "  ", { user: { handle: "goods" } }, ...bad];
    const answer = await world.import([...lines, { follow: ["good", "goods"] }, ""]);
    expect(answer.at(-1)).toEqual(
      reportOf({ users: 2, follows: 1, skipped: 0, errors: bad.length }),
    );
    const faults = answer.slice(0, -1);
    expect(faults).toHaveLength(bad.length);
    // Empty lines are no faults, but they are lines.
    const numbers = faults.map((fault): unknown => Reflect.get(Object(fault), "line"));
    expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(bad.map((_, n) => n + 5));
    expect(faults).toContainEqual({ line: 15, error: "there is no account @nobody" });
    expect(faults).toContainEqual({ line: 17, error: "an account cannot follow itself" });
    expect(faults).toContainEqual({ line: 21, error: "the line is too long" });
    expect((await world.call("GET", "/v1/users/@fine")).status).toBe(404);
  });

  it("reports a follow that a block prevents", async () => {
    const [one, other] = [await world.account("apart_one"), await world.account("apart_two")];
    await world.call("PUT", `/v1/users/${one.user.id}/block`, { token: other.token });
    const answer = await world.import([{ follow: ["apart_one", "apart_two"] }]);
    expect(answer.at(-1)).toEqual(reportOf({ users: 0, follows: 0, skipped: 0, errors: 1 }));
    expect(JSON.stringify(answer[0])).toContain("one has blocked the other");
  });

  it("makes accounts of one chunk before its follows, in whatever order they come", async () => {
    const answer = await world.import([
      { follow: ["early", "late"] },
      ...[{ user: { handle: "late" } }, { user: { handle: "early" } }],
    ]);
    expect(answer).toEqual([reportOf({ users: 2, follows: 1, skipped: 0, errors: 0 })]);
  });

  it("streams: says how far it is after each chunk, wherever the pieces end", async () => {
    const count = 2 * IMPORT_CHUNK_LINES + 300;
    const waiting = await countRows(world, "outbox");
    const users = userLines("many", count).map(({ user }) => ({
      user: { ...user, name: "Zoë 🦉" },
    }));
    const follows = Array.from({ length: count - 1 }, (_, n) => ({
      follow: [`many_${n}`, `many_${n + 1}`],
    }));
    const lines = [...users, "a bad line in the middle", ...follows];
    const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line)));
    const answer = await streamed(`${text.join("\r\n")}\r\n`, 4_099);
    const bad = { line: count + 1, error: "not JSON" };
    const progress = [1, 2, 3, 4].map((n) => ({ lines: n * IMPORT_CHUNK_LINES }));
    expect(answer).toEqual([
      ...progress.slice(0, 2),
      bad,
      ...progress.slice(2),
      reportOf({ users: count, follows: count - 1, skipped: 0, errors: 1 }),
    ]);
    expect(await read("many_7")).toMatchObject({
      name: "Zoë 🦉",
      counts: { followers: 1, following: 1 },
    });
    expect(await countRows(world, "outbox")).toBe(waiting);
  });

  it("finds the line after one that is too long, over many pieces", async () => {
    const long = "x".repeat(5 * IMPORT_LINE_MAX_BYTES);
    const text = `${long}\n{"user":{"handle":"after_long"}}\n${long}`;
    expect(await streamed(text, 1_000)).toEqual([
      { line: 1, error: "the line is too long" },
      { line: 3, error: "the line is too long" },
      reportOf({ users: 1, follows: 0, skipped: 0, errors: 2 }),
    ]);
  });

  it("says how far it is even if no line is any good", async () => {
    const count = IMPORT_CHUNK_LINES + 1;
    const answer = await world.import(Array.from({ length: count }, () => "bad"));
    expect(answer[IMPORT_CHUNK_LINES]).toEqual({ lines: IMPORT_CHUNK_LINES });
    expect(answer.at(-1)).toEqual(reportOf({ users: 0, follows: 0, skipped: 0, errors: count }));
  });

  it("is done with nothing if there is nothing in it", async () => {
    expect(await streamed("\n\n", 1)).toEqual([
      reportOf({ users: 0, follows: 0, skipped: 0, errors: 0 }),
    ]);
  });

  it("shows in timelines that have been read before", async () => {
    const [reader, author] = [await world.account("reader"), await world.account("author")];
    const id = await world.post(author, "hello");
    expect(await world.scroll(reader)).toEqual([]);
    await world.import([{ follow: ["reader", "author"] }]);
    expect(await world.scroll(reader)).toEqual([id]);
    const next = await world.post(author, "hello again");
    await world.drain();
    expect(await world.scroll(reader)).toEqual([next, id]);
  });

  it("says that it stopped when the store fails, and can be sent again", async () => {
    let left = Infinity;
    const failing = new World({
      DB_0: watchedDatabase(env.DB_0, () => {
        if (left-- <= 0) throw new Error("D1_ERROR: overloaded, secret detail");
      }),
    });
    const lines = [...userLines("stop", 8), { follow: ["stop_0", "stop_1"] }];
    left = 1;
    const answer = await failing.import(lines);
    expect(answer).toHaveLength(2);
    expect(JSON.stringify(answer[0])).toMatch(/^\{"error":"[^"]*send it again"\}$/);
    expect(JSON.stringify(answer)).not.toContain("secret");
    left = Infinity;
    const again = await failing.import(lines);
    expect(again).toMatchObject([{ follows: 1, errors: 0 }]);
    await world.sweep(60_000);
    expect((await read("stop_1")).counts.followers).toBe(1);
  });
});
