/** Links of accounts to subjects of other issuers. */
import { beforeAll, describe, expect, it } from "vitest";
import { subjectOf } from "../../db/subjects.ts";
import type { Session } from "../../feed/wire.ts";
import { World } from "../../test/workerd/world.ts";
import { linkIdentity, unlinkIdentity } from "./identities.ts";

const issuer = "https://id.example";
const world = new World();
const { store } = world.deps;
let ada: Session;
let bob: Session;

beforeAll(async () => {
  [ada, bob] = [await world.account(), await world.account()];
});

const holderOf = async (sub: string) =>
  store.identities.accountOf(await subjectOf({ iss: issuer, sub }));

describe("links to other issuers' subjects", () => {
  it("a subject belongs to the first account that links it, and only that one may again", async () => {
    const link = (account: string) => linkIdentity(store, { account, issuer, sub: "one" });
    expect([await link(ada.user.id), await link(ada.user.id)]).toEqual(["linked", "linked"]);
    expect(await link(bob.user.id)).toBe("taken");
    expect(await holderOf("one")).toBe(ada.user.id);
    expect(await store.identities.ofAccount(bob.user.id)).toEqual([]);
  });

  it("another subject of the same issuer replaces the first, which is free again", async () => {
    const account = ada.user.id;
    await linkIdentity(store, { account, issuer, sub: "old" });
    await linkIdentity(store, { account, issuer, sub: "new" });
    expect([await holderOf("old"), await holderOf("new")]).toEqual([null, account]);
    expect(await linkIdentity(store, { account: bob.user.id, issuer, sub: "old" })).toBe("linked");
  });

  it("an unlinked subject is free, and to unlink it again does nothing", async () => {
    const account = ada.user.id;
    await linkIdentity(store, { account, issuer, sub: "gone" });
    await unlinkIdentity(store, account, issuer);
    await unlinkIdentity(store, account, issuer);
    expect(await holderOf("gone")).toBeNull();
    expect(await store.identities.ofAccount(account)).toEqual([]);
  });

  it("of two accounts that link a subject at once, one has it and the other notes nothing", async () => {
    const accounts = [ada.user.id, bob.user.id];
    const answers = await Promise.all(
      accounts.map((account) => linkIdentity(store, { account, issuer, sub: "race" })),
    );
    expect(answers.toSorted()).toEqual(["linked", "taken"]);
    const winner = accounts[answers.indexOf("linked")] ?? "";
    expect(await holderOf("race")).toBe(winner);
    const noted = await Promise.all(accounts.map((one) => store.identities.ofAccount(one)));
    expect(noted.flat().map(({ account, sub }) => [account, sub])).toEqual([[winner, "race"]]);
  });

  it("a link that a crash has left half written is finished by the next attempt", async () => {
    const account = ada.user.id;
    await store.identities.note({ account, issuer, sub: "half" });
    expect(await holderOf("half")).toBeNull();
    expect(await linkIdentity(store, { account, issuer, sub: "half" })).toBe("linked");
    expect(await holderOf("half")).toBe(account);
  });
});
