/** The export of an account, as its owner and an administrator get it. */
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { EXPORT_PAGE, EXPORT_PAGES_MAX } from "../../feed/limits-lifecycle.ts";
import type { Session } from "../../feed/wire.ts";
import { type ExportLine, exportLineSchema } from "../../feed/wire-export.ts";
import { decodeExport, exportLines } from "../../workers/admin/account-export.ts";
import { watchedDatabase } from "./doubles.ts";
import { World } from "./world.ts";

async function exported(world: World, path: string, token: string): Promise<ExportLine[]> {
  const { status, body } = await world.call<string>("GET", path, { token });
  expect(status).toBe(200);
  const lines = String(body).trim().split("\n");
  return lines.map((line) => exportLineSchema.parse(JSON.parse(line)));
}

const byAdmin = (world: World, { user }: Session) =>
  exported(world, `/v1/admin/accounts/${user.handle}/export`, world.env.ADMIN_TOKEN);

describe("an export", () => {
  it("has the account, its posts, reactions, follows, followers, mutes, blocks and impressions, and ends", async () => {
    const world = new World();
    const [ada, bob, cat] = [await world.account(), await world.account(), await world.account()];
    await world.scroll(ada);
    const bobs = await world.post(bob, "not hers");
    const first = await world.post(ada, "first");
    const reply = await world.post(ada, "an answer", bobs);
    for (const kind of ["like", "repost"]) {
      await world.call("PUT", `/v1/posts/${bobs}/${kind}`, { token: ada.token });
    }
    await world.follow(ada, bob);
    await world.follow(bob, ada);
    await world.call("PUT", `/v1/users/${cat.user.id}/mute`, { token: ada.token });
    await world.call("PUT", `/v1/users/${ada.user.id}/block`, { token: cat.token });
    const items = [{ postId: bobs, dwellMs: 700 }];
    await world.call("POST", "/v1/timeline/impressions", { token: ada.token, body: { items } });
    await world.drain();
    const lines = await exported(world, "/v1/me/export", ada.token);
    expect(lines[0]).toMatchObject({ account: { id: ada.user.id, handle: ada.user.handle } });
    const posts = lines.flatMap((line) => ("post" in line ? [line.post] : []));
    expect(posts.map(({ id, text, replyTo }) => [id, text, replyTo])).toEqual([
      [reply, "an answer", bobs],
      [first, "first", null],
    ]);
    const reactions = lines.flatMap((line) => ("reaction" in line ? [line.reaction] : []));
    expect(new Set(reactions.map(({ kind, postId }) => `${kind} ${postId}`))).toEqual(
      new Set([`like ${bobs}`, `repost ${bobs}`]),
    );
    const relations = lines.flatMap((line) => ("relation" in line ? [line.relation] : []));
    expect(new Set(relations.map(({ kind, userId }) => `${kind} ${userId}`))).toEqual(
      new Set([
        `following ${bob.user.id}`,
        `follower ${bob.user.id}`,
        // Who blocks her is not hers to know.
        `mute ${cat.user.id}`,
      ]),
    );
    expect(lines.flatMap((line) => ("seen" in line ? line.seen.items : []))).toEqual(items);
    expect(lines.at(-1)).toEqual({ end: true, next: null });
    expect(await byAdmin(world, ada)).toEqual(lines);
  });

  it("of a suspended account is the administrator's alone, and of nobody is not found", async () => {
    const world = new World();
    const ada = await world.account();
    await world.post(ada, "still here");
    await world.call("PUT", `/v1/admin/accounts/${ada.user.handle}/state`, {
      token: world.env.ADMIN_TOKEN,
      body: { state: "suspended" },
    });
    const own = await world.call("GET", "/v1/me/export", { token: ada.token });
    expect(own.status).toBe(401);
    const lines = await byAdmin(world, ada);
    const texts = lines.flatMap((line) => ("post" in line ? [line.post.text] : []));
    expect(texts).toEqual(["still here"]);
    const path = "/v1/admin/accounts/nobody_has_this/export";
    const nobody = await world.call("GET", path, { token: world.env.ADMIN_TOKEN });
    expect(nobody.status).toBe(404);
  });

  it("takes a statement or two for each page, and goes on where an answer ended", async () => {
    let queries = 0;
    const watched = (real: D1Database) => watchedDatabase(real, () => queries++);
    const world = new World({ DB_0: watched(env.DB_0), DB_1: watched(env.DB_1) });
    const { deps } = world;
    const ada = await world.account();
    const id = ada.user.id;
    const posts = Array.from({ length: 2 * EXPORT_PAGE + 10 }, (_, n) => ({
      author: id,
      text: `number ${n}`,
      replyTo: null,
    }));
    for (const post of posts) {
      await deps.store.posts.publish({ ...post, id: deps.newId(id) }, [], null);
    }
    const account = (await deps.store.lifecycle.inAnyState([id])).get(id);
    if (account === undefined) throw new Error("no account");
    queries = 0;
    const lines: ExportLine[] = [];
    for await (const line of exportLines(deps, account, null)) lines.push(line);
    expect(lines.filter((line) => "post" in line)).toHaveLength(posts.length);
    // Three pages of posts, and one of each other part that is in the store.
    expect(queries).toBeLessThanOrEqual(2 * (3 + 4));
    const from = decodeExport(
      `x1.${lines.flatMap((line) => ("post" in line ? [line.post.id] : []))[4]}`,
    );
    const rest: ExportLine[] = [];
    for await (const line of exportLines(deps, account, from)) rest.push(line);
    expect(rest.filter((line) => "post" in line)).toHaveLength(posts.length - 5);
    expect(2 * EXPORT_PAGES_MAX).toBeLessThan(1_000);
  });

  it("refuses a cursor of another list", async () => {
    const world = new World();
    const ada = await world.account();
    const { status } = await world.call("GET", "/v1/me/export?cursor=l1.x", { token: ada.token });
    expect(status).toBe(400);
  });
});
