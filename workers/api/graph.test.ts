import { beforeAll, describe, expect, it } from "vitest";
import { bucketOfHandle } from "../../feed/ids.ts";
import { BLOCKS_MAX, FOLLOWING_MAX, MUTES_MAX } from "../../feed/limits.ts";
import type { Problem, Session, User } from "../../feed/wire.ts";
import { countRows } from "../../test/workerd/state.ts";
import { World } from "../../test/workerd/world.ts";

interface UserList {
  items: User[];
  next: string | null;
}

const world = new World();

function user(ref: string, token?: string) {
  return world.call<User>("GET", `/v1/users/${ref}`, token === undefined ? {} : { token });
}

function follow(method: "PUT" | "DELETE", who: Session, ref: string) {
  return world.call<{ following: boolean }>(method, `/v1/users/${ref}/follow`, {
    token: who.token,
  });
}

/** Reads a list of users to its end. @returns the handles, page by page */
async function pages(path: string, limit: number): Promise<string[][]> {
  const found: string[][] = [];
  let cursor = "";
  for (;;) {
    const { status, body } = await world.call<UserList>("GET", `${path}?limit=${limit}${cursor}`);
    expect(status).toBe(200);
    found.push(body.items.map((item) => item.handle));
    if (body.next === null) return found;
    cursor = `&cursor=${body.next}`;
  }
}

describe("GET /v1/users/{user}", () => {
  it("finds an account by id and by handle, in any case", async () => {
    const ada = await world.account("ada_l");
    for (const ref of [ada.user.id, "@ada_l", "@ADA_L", "%40Ada_L"]) {
      expect((await user(ref)).body).toEqual(ada.user);
    }
  });

  it("shows a viewer their relations to the account, and an anonymous reader none", async () => {
    const [ada, bob] = [await world.account(), await world.account()];
    const apart = { following: false, followedBy: false, muted: false, blocked: false };
    expect((await user(bob.user.id)).body).not.toHaveProperty("viewer");
    expect((await user(bob.user.id, ada.token)).body.viewer).toEqual(apart);
    await world.follow(ada, bob);
    expect((await user(bob.user.id, ada.token)).body.viewer).toEqual({ ...apart, following: true });
    expect((await user(ada.user.id, bob.token)).body.viewer).toEqual({
      ...apart,
      followedBy: true,
    });
    await world.follow(bob, ada);
    expect((await user(bob.user.id, ada.token)).body.viewer).toEqual({
      ...apart,
      following: true,
      followedBy: true,
    });
  });

  it("calls an account a celebrity from the threshold on", async () => {
    const few = new World({ CELEBRITY_THRESHOLD: "2" });
    const star = await few.account();
    await few.follow(await few.account(), star);
    expect((await few.call<User>("GET", `/v1/users/${star.user.id}`)).body.celebrity).toBe(false);
    await few.follow(await few.account(), star);
    expect((await few.call<User>("GET", `/v1/users/${star.user.id}`)).body.celebrity).toBe(true);
    await few.drain();
  });
});

describe("PUT and DELETE /v1/users/{user}/follow", () => {
  it("follow and unfollow, both idempotent, and keep count", async () => {
    const [ada, bob] = [await world.account(), await world.account()];
    const counts = async () => [
      (await user(ada.user.id)).body.counts.following,
      (await user(bob.user.id)).body.counts.followers,
    ];
    for (const ref of [bob.user.id, `@${bob.user.handle}`, `@${bob.user.handle.toUpperCase()}`]) {
      expect((await follow("PUT", ada, ref)).body).toEqual({ following: true });
      expect(await counts()).toEqual([1, 1]);
    }
    for (const ref of [bob.user.id, `@${bob.user.handle}`]) {
      expect((await follow("DELETE", ada, ref)).body).toEqual({ following: false });
      expect(await counts()).toEqual([0, 0]);
    }
    expect(await countRows(world, "outbox")).toBe(0);
  });

  it("follow once for many concurrent calls", async () => {
    const [ada, bob] = [await world.account(), await world.account()];
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => follow("PUT", ada, bob.user.id)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 8 }, () => 200));
    expect((await user(ada.user.id)).body.counts.following).toBe(1);
    expect((await user(bob.user.id)).body.counts.followers).toBe(1);
  });

  it("show the followed account's posts in the next read, and none after an unfollow", async () => {
    const [ada, bob] = [await world.account(), await world.account()];
    const id = await world.post(bob, "before anyone followed");
    expect(await world.scroll(ada)).toEqual([]);
    await follow("PUT", ada, bob.user.id);
    expect(await world.scroll(ada)).toEqual([id]);
    await follow("DELETE", ada, bob.user.id);
    expect(await world.scroll(ada)).toEqual([]);
  });

  it("refuse a follow beyond the limit, but not a repeated one", async () => {
    const [ada, bob, cat] = [await world.account(), await world.account(), await world.account()];
    await world.follow(ada, bob);
    const shard = bucketOfHandle(ada.user.handle) % 2 === 0 ? world.env.DB_0 : world.env.DB_1;
    await shard
      .prepare("UPDATE users SET following = ? WHERE id = ?")
      .bind(FOLLOWING_MAX, ada.user.id)
      .run();
    expect((await follow("PUT", ada, bob.user.id)).status).toBe(200);
    expect((await follow("PUT", ada, cat.user.id)).status).toBe(422);
    expect((await follow("DELETE", ada, bob.user.id)).status).toBe(200);
    expect((await follow("PUT", ada, cat.user.id)).status).toBe(200);
  });

  it("keep to the limit when many follows come at the same time", async () => {
    const ada = await world.account();
    const others = await Promise.all(Array.from({ length: 12 }, () => world.account()));
    const shard = bucketOfHandle(ada.user.handle) % 2 === 0 ? world.env.DB_0 : world.env.DB_1;
    await shard
      .prepare("UPDATE users SET following = ? WHERE id = ?")
      .bind(FOLLOWING_MAX - 5, ada.user.id)
      .run();
    const answers = await Promise.all(others.map((other) => follow("PUT", ada, other.user.id)));
    const answered = (status: number) => answers.filter((one) => one.status === status).length;
    expect([answered(200), answered(422)]).toEqual([5, 7]);
    expect((await user(ada.user.id)).body.counts.following).toBe(FOLLOWING_MAX);
  });

  it("refuse oneself, by id and by handle", async () => {
    const ada = await world.account();
    for (const method of ["PUT", "DELETE"]) {
      for (const ref of [ada.user.id, `@${ada.user.handle.toUpperCase()}`]) {
        const path = `/v1/users/${ref}/follow`;
        const { status, body } = await world.call<Problem>(method, path, { token: ada.token });
        expect([status, body.code]).toEqual([422, "cannot_follow_self"]);
      }
    }
  });
});

describe("GET /v1/users/{user}/followers and /following", () => {
  const fans: Session[] = [];
  let star: Session;

  beforeAll(async () => {
    star = await world.account("star");
    for (let n = 0; n < 25; n++) {
      const fan = await world.account(`fan_${n}`);
      fans.push(fan);
      await world.follow(fan, star);
      await world.follow(star, fan);
    }
  });

  const newestFirst = Array.from({ length: 25 }, (_, n) => `fan_${24 - n}`);

  it.each(["followers", "following"])(
    "list %s, newest edge first, without a token",
    async (list) => {
      const { body } = await world.call<UserList>("GET", `/v1/users/@star/${list}`);
      expect(body.items.map((item) => item.handle)).toEqual(newestFirst.slice(0, 20));
      expect(body.items[0]).toEqual((await user("@fan_24")).body);
      expect(body.next).not.toBeNull();
    },
  );

  it.each(["followers", "following"])("page through %s without gap or repeat", async (list) => {
    for (const limit of [1, 7, 24, 25, 26, 100]) {
      const found = await pages(`/v1/users/@star/${list}`, limit);
      expect(found.flat()).toEqual(newestFirst);
      expect(found).toHaveLength(Math.ceil(25 / limit));
    }
  });

  it("move a renewed edge to the top", async () => {
    const again = fans[3];
    if (again === undefined) throw new Error("there are 25");
    await world.follow(again, star, false);
    expect((await pages("/v1/users/@star/followers", 100)).flat()).not.toContain("fan_3");
    await world.follow(again, star);
    expect((await pages("/v1/users/@star/followers", 100)).flat()[0]).toBe("fan_3");
  });

  it("show a viewer their relations to each user", async () => {
    const path = "/v1/users/@star/followers?limit=2";
    const { body } = await world.call<UserList>("GET", path, { token: star.token });
    for (const item of body.items) {
      expect(item.viewer).toMatchObject({ following: true, followedBy: true });
    }
  });

  it("are empty for an account without followers", async () => {
    const loner = await world.account();
    for (const list of ["followers", "following"]) {
      const { body } = await world.call("GET", `/v1/users/${loner.user.id}/${list}`);
      expect(body).toEqual({ items: [], next: null });
    }
  });
});

describe("PUT /v1/users/{user}/mute and /block", () => {
  it.each([
    ["mute", MUTES_MAX],
    ["block", BLOCKS_MAX],
  ])("%s keeps to the limit when many calls come at the same time", async (kind, max) => {
    const ada = await world.account();
    const others = await Promise.all(Array.from({ length: 6 }, () => world.account()));
    const shard = bucketOfHandle(ada.user.handle) % 2 === 0 ? world.env.DB_0 : world.env.DB_1;
    await shard
      .prepare(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO relations (actor, kind, target, version, active)
         SELECT ?, ?, 'target ' || i, 1, 1 FROM n`,
      )
      .bind(max - 2, ada.user.id, kind)
      .run();
    const put = (other: Session) =>
      world.call<Problem>("PUT", `/v1/users/${other.user.id}/${kind}`, { token: ada.token });
    const answers = await Promise.all(others.map((other) => put(other)));
    const refused = answers.filter(({ status }) => status === 422);
    expect(refused.map(({ body }) => body.code)).toEqual(
      Array.from(refused, () => "limit_reached"),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2);
    expect(refused).toHaveLength(4);
  });

  it.each(["mute", "block"])(
    "%s called and taken back at once is never a matter of the limit",
    async (kind) => {
      const [ada, bob] = [await world.account(), await world.account()];
      const path = `/v1/users/${bob.user.id}/${kind}`;
      const methods = Array.from({ length: 12 }, (_, n) => (n % 2 === 0 ? "PUT" : "DELETE"));
      const answers = await Promise.all(
        methods.map((method) => world.call(method, path, { token: ada.token })),
      );
      expect(answers.map(({ status }) => status)).toEqual(methods.map(() => 200));
    },
  );
});
