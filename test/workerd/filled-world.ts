/** A Skein with rows of every kind in its store, as texts that are hard to store: what a move must not change. */
import type { Account } from "../../db/store.ts";
import { linkIdentity } from "../../workers/auth/identities.ts";
import { modeJobs, relationJob } from "../../feed/delivery/new-jobs.ts";
import type { Session } from "../../feed/wire.ts";
import { homeOf } from "./homes.ts";
import type { World } from "./world.ts";

const ACCOUNTS = 30;

export class FilledWorld {
  readonly #world: World;
  readonly people: Session[] = [];
  readonly #posts: string[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** One of the accounts; any number stands for one. */
  person(n: number): Session {
    const session = this.people[n % this.people.length];
    if (session === undefined) throw new Error("the test has no accounts");
    return session;
  }

  /** An author whose posts are pulled, and one on the way there. */
  readonly pulled = (): Session => this.person(1);
  readonly migrating = (): Session => this.person(4);

  async accountIn(world: World, { user }: Session): Promise<Account> {
    const account = (await world.deps.store.accounts.byIds([user.id])).get(user.id);
    if (account === undefined) throw new Error(`the store has no account ${user.id}`);
    return account;
  }

  /** Writes everything. @param posts how many posts */
  async fill(posts: number): Promise<void> {
    const world = this.#world;
    for (let n = 0; n < ACCOUNTS; n++) this.people.push(await world.account());
    const { body } = await world.call<Session>("POST", "/v1/accounts", {
      body: { handle: "with_password", password: "long enough", name: "OK 😀" },
    });
    this.people.push(body);
    const avatarUrl = "https://images.example/a.png";
    for (const [n, profile] of [
      { name: "OK", bio: 'OK\n"😀"', avatarUrl },
      { name: "Bare again", bio: "", avatarUrl: null },
    ].entries()) {
      const { accounts } = world.deps.store;
      await accounts.setProfile(this.person(n).user.id, { profile, from: 0, to: 1 + n }, []);
    }
    for (let n = 0; n < posts / 2; n++) {
      const [a, b] = [this.person(n), this.person(n * 7 + 1 + Math.floor(n / 31))];
      if (a !== b) await world.follow(a, b);
    }
    for (let n = 0; n < posts; n++) {
      const text = n % 9 === 0 ? "OK" : `\\ "${n}"\n😀`;
      this.#posts.push(await world.post(this.person(n), text, this.#posts[n - 40]));
    }
    const headers = { "idempotency-key": 'a key: "odd"' };
    const { token } = this.person(3);
    await world.call("POST", "/v1/posts", { token, headers, body: { text: "with a key" } });
    await world.import(
      ["OK", 'a "key": 1', "ключ 😀"].map((key, n) => ({
        post: { key, author: this.person(n).user.handle, text: key, at: "2024-05-01T09:30:00Z" },
      })),
    );
    await this.#openSession(body, "with_password");
    await linkIdentity(world.deps.store, {
      account: body.user.id,
      issuer: "https://id.example/a b",
      sub: 'a "sub": 1',
    });
    await this.#react(posts / 3);
    await world.drain();
    await this.#promote(this.pulled(), true);
    await this.#promote(this.migrating(), false);
    // Jobs that wait in the outbox, and dead letters.
    for (let n = 0; n < 5; n++) await world.post(this.person(n), "its fan-out waits");
    world.loseMessages();
    await world.handOver([{ body: { v: 9, kind: "of tomorrow" } }, { body: "garbage" }]);
  }

  /** The profile, followers and timeline of every account, after each timeline was rebuilt from the store. */
  async viewsIn(world: World): Promise<unknown[]> {
    const views: unknown[] = [];
    for (const one of this.people) {
      await homeOf(one.user.id).home.forget();
      const { body } = await world.call("GET", `/v1/users/${one.user.id}`, { token: one.token });
      const list = await world.call("GET", `/v1/users/${one.user.id}/followers?limit=100`, {
        token: one.token,
      });
      views.push([body, list.body, await world.scroll(one)]);
    }
    return views;
  }

  /** Opens a session and refreshes it, so that each of its columns has a value. */
  async #openSession({ user: { id: account } }: Session, handle: string): Promise<void> {
    const { deps } = this.#world;
    const { store, newId } = deps;
    const nowMs = (): number => deps.nowMs();
    const [id, family] = [newId(account), "thefamily"];
    const { passwordHash = null } = (await store.accounts.credentials(handle)) ?? {};
    const session = { account, id, family, device: 'a "browser": 1', nowMs: nowMs() };
    await store.sessions.open({ ...session, current: "first", passwordHash });
    const use = { used: "first", next: "second", nonce: "nonce_-", nowMs: nowMs() };
    await store.sessions.refresh({ account, session: id, family, ...use });
    const job = relationJob(newId(account), account, account);
    await store.sessions.end(account, { allBut: id }, { nowMs: nowMs(), job });
  }

  async #react(count: number): Promise<void> {
    const world = this.#world;
    for (let n = 0; n < count; n++) {
      const kind = n % 3 === 0 ? "repost" : "like";
      const path = `/v1/posts/${this.#posts[n * 2]}/${kind}`;
      await world.call("PUT", path, { token: this.person(n * 5 + 2).token });
      if (n % 10 === 0) await world.call("DELETE", path, { token: this.person(n * 5 + 2).token });
    }
    for (let n = 0; n < 20; n++) {
      const target = this.person(n * 3 + 1).user.id;
      const sending = { token: this.person(n * 3).token };
      await world.call("PUT", `/v1/users/${target}/${n % 2 === 0 ? "mute" : "block"}`, sending);
      const post = this.#posts[n * 5];
      await world.call("DELETE", `/v1/posts/${post}`, { token: this.person(n * 5).token });
    }
  }

  /** Makes an author pulled. @param acknowledged false leaves the author migrating */
  async #promote(author: Session, acknowledged: boolean): Promise<void> {
    const { store, newId } = this.#world.deps;
    const account = await this.accountIn(this.#world, author);
    const jobs = modeJobs(account, newId(account.id));
    await store.modes.beginEpoch(account.id, 0, jobs);
    for (const job of acknowledged ? jobs : []) await store.modes.acknowledgeEpoch(job);
  }
}
