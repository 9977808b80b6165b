/** Conformance of a store: sessions, passwords, and subjects of other issuers. */
import { beforeEach, expect, it } from "vitest";
import type { NewSession, Store } from "../../db/store.ts";
import type { UserId } from "../../feed/ids.ts";
import {
  REFRESH_REPEAT_MS,
  SESSION_ENDED_KEPT_MS,
  SESSION_IDLE_MS,
  SESSIONS_MAX,
} from "../../feed/limits-sessions.ts";
import {
  judgeRefresh,
  oldestSession,
  type RefreshUse,
  type SessionId,
} from "../../feed/sessions.ts";
import { subjectOf } from "../../db/subjects.ts";
import type { MakeStore } from "./make-store.ts";
import { accounts, allJobs, idOf, jobOf, newAccount, T0_MS } from "./fixtures.ts";

const DEVICE = 'a "browser": 1:2, with 😀';

export function sessionConformance(makeStore: MakeStore): void {
  let store: Store;
  let ada: UserId;
  beforeEach(async () => {
    store = await makeStore();
    const account = { ...newAccount("ada"), passwordHash: "first" };
    ada = account.id;
    await store.accounts.create(account);
  });

  const newSession = (nowMs = T0_MS): NewSession => {
    const id = idOf(ada, nowMs);
    const secrets = { family: `family${id}`, current: `secret0${id}` };
    return { account: ada, id, ...secrets, device: DEVICE, nowMs, passwordHash: "first" };
  };
  const opened = async (nowMs = T0_MS): Promise<NewSession> => {
    const session = newSession(nowMs);
    expect(await store.sessions.open(session)).toBe("opened");
    return session;
  };
  /** Uses the nth refresh token of a session. */
  const use = ({ id, family }: NewSession, n: number, nowMs: number): RefreshUse => ({
    ...{ account: ada, session: id, family, nowMs },
    ...{ used: `secret${n}${id}`, next: `secret${n + 1}${id}`, nonce: `nonce_-${nowMs}` },
  });
  const judged = async (attempt: RefreshUse) =>
    judgeRefresh(await store.sessions.refresh(attempt), attempt);
  const live = async (): Promise<SessionId[]> => {
    const all = await store.sessions.ofAccount(ada);
    return all.filter(({ endedMs }) => endedMs === null).map(({ id }) => id);
  };
  const end = (which: { only: SessionId } | { allBut: SessionId }, nowMs = T0_MS + 1000) =>
    store.sessions.end(ada, which, { nowMs, job: jobOf(ada, nowMs) });

  it("an opened session is listed as it was given, with its hashes", async () => {
    const later = await opened(T0_MS + 5);
    const first = await opened();
    const { passwordHash: _, nowMs: rotatedMs, ...rest } = first;
    const all = await store.sessions.ofAccount(ada);
    expect(all.map(({ id }) => id)).toEqual([first.id, later.id]);
    expect(all[0]).toEqual({ ...rest, previous: null, nonce: null, rotatedMs, endedMs: null });
  });

  it("opening the same session again, as after a lost answer, answers opened and changes nothing", async () => {
    const session = await opened();
    expect(await store.sessions.open(session)).toBe("opened");
    expect(await live()).toEqual([session.id]);
  });

  it("a session is not opened with a password that has been changed since it was checked", async () => {
    const stale = { ...newSession(), passwordHash: "an older one" };
    expect(await store.sessions.open(stale)).toBe("wrong_password");
    expect(await store.sessions.open({ ...stale, passwordHash: null })).toBe("wrong_password");
    expect(await live()).toEqual([]);
  });

  it("an account without a password has sessions, too", async () => {
    const [bob = ""] = await accounts(store, 1);
    const id = idOf(bob);
    const session = { ...newSession(), account: bob, id, passwordHash: null };
    expect(await store.sessions.open(session)).toBe("opened");
    expect(await store.sessions.open({ ...session, id: idOf(bob), passwordHash: "one" })).toBe(
      "wrong_password",
    );
  });

  it("of concurrent sign-ins no more are opened than an account may have, and ended ones make room", async () => {
    const all = Array.from({ length: SESSIONS_MAX + 30 }, (_, n) => newSession(T0_MS + n));
    const answers = await Promise.all(all.map((session) => store.sessions.open(session)));
    expect(answers.filter((answer) => answer === "opened")).toHaveLength(SESSIONS_MAX);
    expect(answers.filter((answer) => answer === "too_many")).toHaveLength(30);
    const [one = ""] = await live();
    await end({ only: one });
    expect(await store.sessions.open(newSession(T0_MS + 2000))).toBe("opened");
    expect(await store.sessions.open(newSession(T0_MS + 2000))).toBe("too_many");
  });

  it("sessions that were not used for long make room, and are deleted", async () => {
    const old = await opened();
    const session = await opened(T0_MS + SESSION_IDLE_MS + 1);
    expect(await live()).toEqual([session.id]);
    expect(await judged(use(old, 0, T0_MS + SESSION_IDLE_MS + 2))).toBe("refused");
  });

  it("each refresh replaces the token, and the one before gives the newest again for a short while", async () => {
    const session = await opened();
    expect(await judged(use(session, 0, T0_MS + 10))).toBe("rotated");
    // The same call again, as a store repeats it after a lost answer.
    expect(await judged(use(session, 0, T0_MS + 10))).toBe("rotated");
    const second = { ...use(session, 0, T0_MS + 20), next: "anothernext" };
    const row = await store.sessions.refresh(second);
    expect(judgeRefresh(row, second)).toBe("repeated");
    expect(row).toMatchObject({ nonce: `nonce_-${T0_MS + 10}`, rotatedMs: T0_MS + 10 });
    expect(await judged(use(session, 1, T0_MS + 30))).toBe("rotated");
    // Its successor has been used: whoever sends it now has a copy.
    expect(await judged({ ...second, nowMs: T0_MS + 31 })).toBe("stolen");
  });

  it("the refresh token before the newest one counts as stolen after a while", async () => {
    const session = await opened();
    expect(await judged(use(session, 0, T0_MS))).toBe("rotated");
    const late = { ...use(session, 0, T0_MS + REFRESH_REPEAT_MS), next: "anothernext" };
    expect(await judged(late)).toBe("stolen");
  });

  it("of two concurrent uses of a refresh token one replaces it, and the other one is a repetition", async () => {
    const session = await opened();
    const uses = ["nextone", "nexttwo"].map((next) => ({ ...use(session, 0, T0_MS + 9), next }));
    expect((await Promise.all(uses.map(judged))).sort()).toEqual(["repeated", "rotated"]);
  });

  it("a refresh with another family, of another account or of no session is refused", async () => {
    const session = await opened();
    const other = { ...use(session, 0, T0_MS + 1), family: "another" };
    expect(await judged(other)).toBe("refused");
    expect(await judged({ ...use(session, 0, T0_MS + 1), session: idOf(ada) })).toBe("refused");
    const [bob = ""] = await accounts(store, 1);
    expect(await judged({ ...use(session, 0, T0_MS + 1), account: bob })).toBe("refused");
    expect(await judged(use(session, 0, T0_MS + 2))).toBe("rotated");
  });

  it("ending one session ends it alone, with a job, and its refresh token with it", async () => {
    const [one, two] = [await opened(), await opened(T0_MS + 1)];
    await end({ only: one.id });
    await end({ only: one.id }, T0_MS + 5000);
    expect(await live()).toEqual([two.id]);
    const [ended] = await store.sessions.ofAccount(ada);
    expect(ended).toMatchObject({ id: one.id, endedMs: T0_MS + 1000, device: DEVICE });
    expect(await judged(use(one, 0, T0_MS + 2000))).toBe("refused");
    expect(await allJobs(store)).toHaveLength(2);
  });

  it("ending all but one also ends the oldest, which has no row of its own", async () => {
    const [one, two] = [await opened(), await opened(T0_MS + 1)];
    await end({ allBut: two.id });
    expect(await live()).toEqual([two.id]);
    const oldest = oldestSession(ada);
    const endings = async () =>
      new Map((await store.sessions.ofAccount(ada)).map(({ id, endedMs }) => [id, endedMs]));
    expect(await endings()).toEqual(
      new Map([
        [oldest, T0_MS + 1000],
        [one.id, T0_MS + 1000],
        [two.id, null],
      ]),
    );
    await end({ allBut: oldest }, T0_MS + 3000);
    expect((await endings()).get(oldest)).toBe(T0_MS + 1000);
    expect(await live()).toEqual([]);
    await end({ only: oldest }, T0_MS + 4000);
    expect((await endings()).get(oldest)).toBe(T0_MS + 4000);
  });

  it("an ended session is deleted once its tokens have expired, but for the oldest", async () => {
    const [one, two] = [await opened(), await opened(T0_MS + 1)];
    await end({ allBut: two.id });
    const third = await opened(T0_MS + 1001 + SESSION_ENDED_KEPT_MS);
    const all = await store.sessions.ofAccount(ada);
    expect(all.map(({ id }) => id)).toEqual([oldestSession(ada), two.id, third.id]);
    expect(one.id < two.id).toBe(true);
  });

  it("a changed password ends all sessions but one, in the same step, once", async () => {
    const [one, two] = [await opened(), await opened(T0_MS + 1)];
    const change = (from: string, to: string, nowMs: number) =>
      store.sessions.changePassword(
        { account: ada, from, to, keep: one.id },
        { nowMs, job: jobOf(ada, nowMs) },
      );
    expect(await change("wrong", "second", T0_MS + 50)).toBe(false);
    expect(await live()).toEqual([one.id, two.id]);
    expect(await allJobs(store)).toHaveLength(0);
    expect(await change("first", "second", T0_MS + 60)).toBe(true);
    // A lost answer repeats the call.
    expect(await change("first", "second", T0_MS + 60)).toBe(true);
    expect(await live()).toEqual([one.id]);
    expect((await store.accounts.credentials("ada"))?.passwordHash).toBe("second");
    expect((await store.sessions.ofAccount(ada))[0]).toMatchObject({
      id: oldestSession(ada),
      endedMs: T0_MS + 60,
    });
    expect(await store.sessions.open(newSession(T0_MS + 70))).toBe("wrong_password");
  });
}

export function identityConformance(makeStore: MakeStore): void {
  const iss = "https://id.example/a b:c";
  let store: Store;
  let ada: UserId;
  let bob: UserId;
  beforeEach(async () => {
    store = await makeStore();
    [ada = "", bob = ""] = await accounts(store, 2);
  });

  it("a subject is linked to the first account that holds it, until that one releases it", async () => {
    const subject = await subjectOf({ iss, sub: "1" });
    expect(await store.identities.accountOf(subject)).toBeNull();
    expect(await store.identities.hold(subject, ada)).toBe(ada);
    expect(await store.identities.hold(subject, bob)).toBe(ada);
    await store.identities.release(subject, bob);
    expect(await store.identities.accountOf(subject)).toBe(ada);
    await store.identities.release(subject, ada);
    expect(await store.identities.accountOf(subject)).toBeNull();
  });

  it("of concurrent holds of a subject one wins, and every call answers it", async () => {
    const subject = await subjectOf({ iss, sub: "race" });
    const answers = await Promise.all(
      [ada, bob, ada, bob].map((account) => store.identities.hold(subject, account)),
    );
    expect(new Set(answers)).toEqual(new Set([await store.identities.accountOf(subject)]));
  });

  it("an account has one noted subject of each issuer", async () => {
    const note = (issuer: string, sub: string) =>
      store.identities.note({ account: ada, issuer, sub });
    await note(iss, "1");
    await note(iss, 'a "second": 2');
    await note("https://other.example", "3");
    expect(await store.identities.ofAccount(ada)).toEqual([
      { account: ada, issuer: iss, sub: 'a "second": 2' },
      { account: ada, issuer: "https://other.example", sub: "3" },
    ]);
    await store.identities.forget(ada, iss);
    await store.identities.forget(ada, iss);
    expect(await store.identities.ofAccount(ada)).toHaveLength(1);
    expect(await store.identities.ofAccount(bob)).toEqual([]);
  });
}
