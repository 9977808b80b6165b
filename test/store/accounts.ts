/** Conformance of a store: accounts. */
import { beforeEach, expect, it } from "vitest";
import type { Store } from "../../db/store.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, jobOf, newAccount, newId, newPost, T0_MS } from "./fixtures.ts";

export function accountConformance(makeStore: MakeStore): void {
  let store: Store;
  beforeEach(async () => {
    store = await makeStore();
  });

  it("an account is found by id, by handle and with its password hash", async () => {
    const ada = { ...newAccount("ada"), name: "Ada 😀 O'Hara", passwordHash: "a hash" };
    expect(await store.accounts.create(ada)).toBe("created");
    const { passwordHash, ...card } = ada;
    const counts = { followers: 0, following: 0, posts: 0 };
    const profile = { bio: "", avatarUrl: null, profileVersion: 0 };
    const account = { ...card, ...profile, counts, epoch: 0, migrating: false };
    expect(await store.accounts.byIds([ada.id])).toEqual(new Map([[ada.id, account]]));
    expect(await store.accounts.byHandles(["ada"])).toEqual(new Map([["ada", account]]));
    expect(await store.accounts.credentials("ada")).toEqual({ account, passwordHash });
  });

  it("a second account with a taken handle is refused, and the first stays unchanged", async () => {
    const [first, second] = [newAccount("ada"), newAccount("ada")];
    await store.accounts.create(first);
    expect(await store.accounts.create({ ...second, name: "Eve", passwordHash: "hers" })).toBe(
      "handle_taken",
    );
    expect((await store.accounts.byHandles(["ada"])).get("ada")).toMatchObject({
      id: first.id,
      name: first.name,
    });
    expect((await store.accounts.credentials("ada"))?.passwordHash).toBeNull();
    expect(await store.accounts.byIds([second.id])).toEqual(new Map());
  });

  it("creating the same account again, as after a lost answer, answers created", async () => {
    const ada = newAccount("ada");
    await store.accounts.create(ada);
    expect(await store.accounts.create(ada)).toBe("created");
  });

  it("of concurrent creates with one handle, exactly one succeeds", async () => {
    const rivals = Array.from({ length: 8 }, () => newAccount("ada"));
    const answers = await Promise.all(rivals.map((rival) => store.accounts.create(rival)));
    expect(answers.filter((answer) => answer === "created")).toHaveLength(1);
    const winner = rivals[answers.indexOf("created")];
    expect((await store.accounts.byHandles(["ada"])).get("ada")?.id).toBe(winner?.id);
  });

  it("an import creates only the accounts whose handles are free, and returns their number", async () => {
    await store.accounts.create({ ...newAccount("ada"), passwordHash: "a hash" });
    const some = ["ada", "bob", "cat", "bob"].map((handle) => newAccount(handle));
    expect(await store.accounts.importAll(some)).toBe(2);
    expect(await store.accounts.importAll(some)).toBe(0);
    expect(await store.accounts.importAll([])).toBe(0);
    const found = await store.accounts.byHandles(["ada", "bob", "cat"]);
    expect(found.get("bob")?.id).toBe(some[1]?.id);
    expect(found.get("ada")?.id).not.toBe(some[0]?.id);
    expect((await store.accounts.credentials("ada"))?.passwordHash).toBe("a hash");
    expect((await store.accounts.credentials("cat"))?.passwordHash).toBeNull();
  });

  it("an account is created and imported with a bio and a picture", async () => {
    const profile = { bio: "OK", avatarUrl: "https://images.example/ada.png" };
    const [ada, bob] = [newAccount("ada"), newAccount("bob")];
    await store.accounts.create({ ...ada, ...profile });
    await store.accounts.importAll([{ ...bob, ...profile }]);
    const found = await store.accounts.byIds([ada.id, bob.id]);
    expect(found.get(ada.id)).toMatchObject({ ...profile, profileVersion: 0 });
    expect(found.get(bob.id)).toMatchObject({ ...profile, profileVersion: 0 });
  });

  it("a profile changes with its jobs, and the account's posts show the new card", async () => {
    const [ada = ""] = await accounts(store, 1);
    const post = newPost(ada);
    await store.posts.publish(post, [], null);
    const profile = { name: "Ada", bio: "It's\n😀", avatarUrl: "https://images.example/a.png" };
    const job = jobOf(ada, T0_MS + 5);
    expect(await store.accounts.setProfile(ada, { profile, from: 0, to: 7 }, [job])).toBe(true);
    expect((await store.accounts.byIds([ada])).get(ada)).toMatchObject({
      ...profile,
      profileVersion: 7,
    });
    const author = { id: ada, name: "Ada", avatarUrl: profile.avatarUrl, version: 7 };
    expect((await store.posts.byIds([post.id])).get(post.id)).toMatchObject({ author });
    expect(await allJobs(store)).toEqual([job.id]);

    const bare = { name: "A", bio: "", avatarUrl: null };
    await store.accounts.setProfile(ada, { profile: bare, from: 7, to: 8 }, []);
    expect((await store.accounts.byIds([ada])).get(ada)).toMatchObject({
      ...bare,
      profileVersion: 8,
    });
  });

  it("a profile of another version than expected stays, and none of the jobs is written", async () => {
    const [ada = ""] = await accounts(store, 1);
    const of = (name: string) => ({ name, bio: "", avatarUrl: null });
    const first = { profile: of("First"), from: 0, to: 5 };
    const second = { profile: of("Second"), from: 0, to: 5 };
    expect(await store.accounts.setProfile(ada, first, [])).toBe(true);
    expect(await store.accounts.setProfile(ada, second, [jobOf(ada)])).toBe(false);
    expect((await store.accounts.byIds([ada])).get(ada)?.name).toBe("First");
    expect(await allJobs(store)).toEqual([]);
    expect(await store.accounts.setProfile(newId(), first, [])).toBe(false);
  });

  it("a repeated change of a profile, as after a lost answer, answers true and writes its jobs once", async () => {
    const [ada = ""] = await accounts(store, 1);
    const change = { profile: { name: "Ada", bio: "b", avatarUrl: null }, from: 0, to: 5 };
    const job = jobOf(ada);
    expect(await store.accounts.setProfile(ada, change, [job])).toBe(true);
    expect(await store.accounts.setProfile(ada, change, [job])).toBe(true);
    expect(await allJobs(store)).toEqual([job.id]);
  });

  it("of concurrent changes of one profile, exactly one succeeds", async () => {
    const [ada = ""] = await accounts(store, 1);
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        store.accounts.setProfile(
          ada,
          { profile: { name: `Ada ${n}`, bio: "", avatarUrl: null }, from: 0, to: 5 },
          [jobOf(ada)],
        ),
      ),
    );
    expect(answers.filter((changed) => changed)).toHaveLength(1);
    expect(await allJobs(store)).toHaveLength(1);
    const name = `Ada ${answers.indexOf(true)}`;
    expect((await store.accounts.byIds([ada])).get(ada)?.name).toBe(name);
  });

  it("how an account steers is empty at first, and is replaced only if it is what the caller has read", async () => {
    const [ada = "", bob = ""] = await accounts(store, 2);
    expect(await store.accounts.steering(ada)).toBe("");
    const [one, two] = ['{"a":"OK 😀"}', '{"b":2}'];
    expect(await store.accounts.replaceSteering(ada, "", one)).toBe(true);
    expect(await store.accounts.steering(ada)).toBe(one);
    expect(await store.accounts.replaceSteering(ada, "", two)).toBe(false);
    expect(await store.accounts.steering(ada)).toBe(one);
    expect(await store.accounts.replaceSteering(ada, one, two)).toBe(true);
    // As after a lost answer.
    expect(await store.accounts.replaceSteering(ada, one, two)).toBe(true);
    expect([
      await store.accounts.steering(ada),
      await store.accounts.steering(bob),
      await store.accounts.steering(newId()),
    ]).toEqual([two, "", ""]);
    expect(await store.accounts.replaceSteering(newId(), "", one)).toBe(false);
  });

  it("of concurrent changes of how one account steers, exactly one succeeds", async () => {
    const [ada = ""] = await accounts(store, 1);
    const texts = Array.from({ length: 8 }, (_, n) => `{"n":${n}}`);
    const answers = await Promise.all(
      texts.map((text) => store.accounts.replaceSteering(ada, "", text)),
    );
    expect(answers.filter((changed) => changed)).toHaveLength(1);
    expect(await store.accounts.steering(ada)).toBe(texts[answers.indexOf(true)]);
  });

  it("byIds and byHandles read a thousand accounts in one call", async () => {
    const ids = await accounts(store, 1_000);
    const found = await store.accounts.byIds(ids);
    expect([...found.keys()].sort()).toEqual([...ids].sort());
    const handles = [...found.values()].map((account) => account.handle);
    expect((await store.accounts.byHandles(handles)).size).toBe(1_000);
  });

  it("unknown ids and handles are left out, repeated ones are read once, and empty lists read nothing", async () => {
    const [ada = ""] = await accounts(store, 1);
    const found = await store.accounts.byIds([ada, newId(), ada, newId(1)]);
    expect([...found.keys()]).toEqual([ada]);
    expect(await store.accounts.byIds([])).toEqual(new Map());
    expect(await store.accounts.byHandles(["nobody", "", "' OR 1=1"])).toEqual(new Map());
    expect(await store.accounts.byHandles([])).toEqual(new Map());
    expect(await store.accounts.credentials("nobody")).toBeNull();
  });
}
