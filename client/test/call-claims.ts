/** What the client promises of its calls. */
import { all, newHandle, refusal, same, type Stage } from "./stage.ts";

export const CALL_CLAIMS: Record<string, (stage: Stage) => Promise<void>> = {
  "an account is opened, signs in, and reads itself": async (stage) => {
    const credentials = { handle: newHandle(), password: "long enough" };
    const account = { ...credentials, name: "Newcomer" };
    const opened = await stage.value(stage.nobody().createAccount(account));
    const again = await stage.value(stage.nobody().createSession(credentials));
    const me = await stage.value(stage.nobody().as(again.token).readMe());
    same([opened.user.id, me.id, me.name], [me.id, me.id, "Newcomer"]);
  },

  "a profile is changed, and what is left out stays": async (stage) => {
    const [author] = await stage.people(1);
    if (author === undefined) return;
    const named = await stage.value(author.skein.changeMe({ name: "Renamed" }));
    const described = await stage.value(author.skein.changeMe({ bio: "Notes" }));
    same([named.name, described.name, described.bio], ["Renamed", "Renamed", "Notes"]);
  },

  "a refused call answers its code, its status, its fields and the id of its request": async (
    stage,
  ) => {
    const signIn = await stage.nobody().createSession({ handle: newHandle(), password: "wrong" });
    same(refusal(signIn), "bad_credentials");
    const [author] = await stage.people(1);
    const post = await author?.skein.createPost({ text: " " });
    if (post === undefined || post.ok) throw new Error("an empty post was published");
    const { code, status, fields, requestId, retryAfterMs } = post.error;
    same([code, status, fields[0]?.path, retryAfterMs], ["invalid_request", 400, "text", null]);
    if (requestId === null || requestId === "") throw new Error("the request has no id");
  },

  "a post whose answer was lost is sent again with its key, and published once": async (stage) => {
    const [author] = await stage.people(1);
    if (author === undefined) return;
    const { session } = author;
    let lost: Response | null = null;
    const send = async (request: Request): Promise<Response> => {
      const answer = await fetch(request);
      if (lost !== null) return answer;
      lost = answer;
      throw new TypeError("the connection broke");
    };
    const forgetful = new stage.client.Skein({ url: stage.url, token: session.token, fetch: send });
    const post = await stage.value(forgetful.createPost({ text: "once" }));
    const posts = await all(forgetful.listUserPosts(session.user.id).items());
    same(
      posts.map((item) => item.post.id),
      [post.id],
    );
  },

  "an account reads its export line by line, and deletes itself": async (stage) => {
    const handle = newHandle();
    const credentials = { handle, password: "long enough" };
    const { token } = await stage.value(stage.nobody().createAccount(credentials));
    const skein = stage.nobody().as(token);
    const { id } = await stage.value(skein.createPost({ text: "kept" }));
    const posts: string[] = [];
    await stage.value(skein.exportMe((line) => void ("post" in line && posts.push(line.post.id))));
    same(posts, [id]);
    same(refusal(await skein.deleteMe("another")), "bad_credentials");
    await stage.value(skein.deleteMe(credentials.password));
    same(refusal(await stage.nobody().createSession(credentials)), "bad_credentials");
  },

  "a deletion whose answer was lost is sent again, and has succeeded": async (stage) => {
    const [author] = await stage.people(1);
    if (author === undefined) return;
    const { id } = await stage.value(author.skein.createPost({ text: "soon gone" }));
    let requests = 0;
    const send = async (request: Request): Promise<Response> => {
      const answer = await fetch(request);
      if (++requests > 1) return answer;
      throw new TypeError("the connection broke");
    };
    const { token } = author.session;
    const forgetful = new stage.client.Skein({ url: stage.url, token, fetch: send });
    same([(await forgetful.deletePost(id)).ok, requests], [true, 2]);
  },

  "the same key with another text answers idempotency_conflict": async (stage) => {
    const [author] = await stage.people(1);
    const one = await author?.skein.createPost({ text: "one" }, "a key");
    const other = await author?.skein.createPost({ text: "other" }, "a key");
    same([one?.ok, other && refusal(other)], [true, "idempotency_conflict"]);
  },

  "a timeline is read page by page, without a gap or a repeat": async (stage) => {
    const [author] = await stage.people(1);
    if (author === undefined) return;
    const sent: string[] = [];
    for (const text of ["a", "b", "c", "d", "e"]) {
      sent.unshift((await stage.value(author.skein.createPost({ text }))).id);
    }
    const timeline = author.skein.readTimeline({ order: "latest", limit: 2 });
    const sizes: number[] = [];
    for await (const page of timeline) sizes.push(stage.client.orThrow(page).items.length);
    const shown = await all(timeline.items());
    same([sizes, shown.map((item) => item.post.id)], [[2, 2, 1], sent]);
    const first = await stage.value(timeline.page());
    const second = await stage.value(timeline.page(first.next));
    same(
      second.items.map((item) => item.id),
      sent.slice(2, 4),
    );
  },

  "a list that can't be read answers its error as its only page": async (stage) => {
    const pages = await all(stage.nobody().listFollowers("@nobody_has_this_handle"));
    same(
      pages.map((page) => refusal(page)),
      ["not_found"],
    );
  },

  "the ranked order is steered and goes back to the usual": async (stage) => {
    const [ada, bob] = await stage.people(2);
    if (ada === undefined || bob === undefined) return;
    const { id } = await stage.value(bob.skein.createPost({ text: "hello" }));
    const sliders = { fresh: 2, close: 0.5, popular: 0 };
    same(await stage.value(ada.skein.setRanking(sliders)), { ...sliders, tastes: [] });
    same((await stage.value(ada.skein.setTaste(id, "less"))).taste, "less");
    const { tastes, ...kept } = await stage.value(ada.skein.readRanking());
    same(kept, sliders);
    same(tastes, [{ postId: id, authorId: bob.session.user.id, taste: "less" }]);
    same((await stage.value(ada.skein.setTaste(id, null))).taste, null);
    same((await stage.value(ada.skein.readRanking())).tastes, []);
    const usual = { fresh: 1, close: 1, popular: 1, tastes: [] };
    same(await stage.value(ada.skein.resetRanking()), usual);
  },

  "relations and reactions begin and end": async (stage) => {
    const [ada, bob] = await stage.people(2);
    if (ada === undefined || bob === undefined) return;
    const { id } = await stage.value(bob.skein.createPost({ text: "hello" }));
    const { user } = bob.session;
    const ofBob = `@${user.handle}`;
    same((await stage.value(ada.skein.followUser(ofBob))).following, true);
    same((await stage.value(ada.skein.muteUser(user.id))).muted, true);
    same((await stage.value(ada.skein.unmuteUser(user.id))).muted, false);
    same((await stage.value(ada.skein.likePost(id))).liked, true);
    same((await stage.value(ada.skein.repostPost(id))).reposted, true);
    const { viewer } = await stage.value(ada.skein.readPost(id));
    same([viewer?.liked, viewer?.reposted], [true, true]);
    const followers = await all(bob.skein.listFollowers(user.id).items());
    same(
      followers.map((follower) => follower.id),
      [ada.session.user.id],
    );
    same((await stage.value(ada.skein.unlikePost(id))).liked, false);
    same((await stage.value(ada.skein.unrepostPost(id))).reposted, false);
    same((await stage.value(ada.skein.unfollowUser(ofBob))).following, false);
    same((await stage.value(ada.skein.blockUser(ofBob))).blocked, true);
    same(refusal(await ada.skein.followUser(ofBob)), "forbidden");
    same((await stage.value(ada.skein.unblockUser(ofBob))).blocked, false);
    const following = await all(ada.skein.listFollowing(ada.session.user.id).items());
    same(following, []);
  },

  "a deleted post is gone, with its replies still listed, and a report of it is taken in": async (
    stage,
  ) => {
    const [author] = await stage.people(1);
    if (author === undefined) return;
    const { id } = await stage.value(author.skein.createPost({ text: "first" }));
    const reply = await stage.value(author.skein.createPost({ text: "answer", replyTo: id }));
    const replies = await all(author.skein.listReplies(id).items());
    same(
      replies.map((post) => post.id),
      [reply.id],
    );
    const above = await all(author.skein.listAncestors(reply.id).items());
    same(
      above.map((post) => post.id),
      [id],
    );
    await stage.value(author.skein.reportImpressions([{ postId: id, dwellMs: 10 }]));
    await stage.value(author.skein.deletePost(id));
    same(refusal(await author.skein.readPost(id)), "not_found");
    same(refusal(await author.skein.deletePost(id)), "not_found");
  },

  "a refused token is renewed once for all calls that it was refused to": async (stage) => {
    const [ada] = await stage.people(1);
    let renewals = 0;
    const skein = new stage.client.Skein({
      url: stage.url,
      token: "an.old.token",
      refresh: async (refused) => {
        renewals++;
        // Long enough that all calls are refused before the first renewal has ended.
        await new Promise((resolve) => setTimeout(resolve, 500));
        return refused === "an.old.token" ? (ada?.session.token ?? null) : null;
      },
    });
    const answers = await Promise.all([skein.readMe(), skein.readMe(), skein.readMe()]);
    same([renewals, answers.map(({ ok }) => ok)], [1, [true, true, true]]);
  },

  "a refused token without a renewal answers unauthenticated": async (stage) => {
    same(refusal(await stage.nobody().as("an.old.token").readMe()), "unauthenticated");
    same(refusal(await stage.nobody().readMe()), "unauthenticated");
  },

  "a call is repeated while the API asks to wait, and not longer than it may": async (stage) => {
    const busy = (seconds: string) =>
      new Response("", { status: 503, headers: { "retry-after": seconds } });
    const soon = stage.transport((_, n) => (n < 3 ? busy("0") : null));
    const patient = new stage.client.Skein({ url: stage.url, fetch: soon.send });
    same([(await patient.readHealth()).ok, soon.count()], [true, 3]);
    const late = stage.transport(() => busy("3600"));
    const answer = await new stage.client.Skein({ url: stage.url, fetch: late.send }).readHealth();
    same([refusal(answer), late.count()], ["unavailable", 1]);
  },

  "a call that is not safe to repeat is made once": async (stage) => {
    const broken = stage.transport(() => new Response("", { status: 503 }));
    const skein = new stage.client.Skein({ url: stage.url, fetch: broken.send });
    const account = { handle: newHandle(), password: "long enough" };
    same([refusal(await skein.createAccount(account)), broken.count()], ["unavailable", 1]);
  },

  "a host that does not answer is an error with the code offline": async (stage) => {
    // Port 9 discards; nothing listens there.
    const skein = new stage.client.Skein({ url: "http://127.0.0.1:9", attempts: 2 });
    same(refusal(await skein.readHealth()), "offline");
  },

  "a slow answer is an error with the code timeout, and a stopped call one with aborted": async (
    stage,
  ) => {
    const never = (): Promise<Response> => new Promise(() => undefined);
    const url = stage.url;
    const slow = new stage.client.Skein({ url, fetch: never, timeoutMs: 20, attempts: 1 });
    same(refusal(await slow.readHealth()), "timeout");
    const stop = new AbortController();
    const stopped = new stage.client.Skein({ url, fetch: never, signal: stop.signal });
    const answer = stopped.readHealth();
    stop.abort();
    same(refusal(await answer), "aborted");
  },

  "an import answers its progress, its bad lines by number, and its report": async (stage) => {
    const [one, other] = [newHandle(), newHandle()];
    const lines = [{ user: { handle: one } }, "no JSON", { user: { handle: other } }];
    const bad: (number | undefined)[] = [];
    const report = await stage.value(
      stage.administration.importLines(lines, (answer) => {
        if ("error" in answer) bad.push(answer.line);
      }),
    );
    const none = { follows: 0, posts: 0, likes: 0, reposts: 0, skipped: 0 };
    same([bad, report], [[2], { users: 2, ...none, errors: 1, next: null }]);
    const again = await stage.value(stage.administration.importLines([{ follow: [one, other] }]));
    same(again.follows, 1);
  },

  "the operators' calls answer, and with a user's token they are refused": async (stage) => {
    const { administration } = stage;
    const figures = await stage.value(administration.readFigures());
    same(figures.missing, []);
    const metrics = await stage.value(administration.readMetrics());
    if (!metrics.includes("# TYPE skein_")) throw new Error("the metrics have no type");
    same(await all(administration.listDeadLetters().items()), []);
    await stage.value(administration.retryDeadLetters());
    await stage.value(administration.checkCounts());
    await all(administration.readRankLog({ recent: true }).items());
    same((await stage.value(administration.readModel())).refused, null);
    const { places } = await stage.value(administration.listPlaces());
    same(places.length > 0, true);
    const nowhere = { run: "a run of a test", begin: true, from: null, to: ["nowhere"] };
    same(
      refusal(await administration.moveBuckets({ ...nowhere, buckets: [0, 0] })),
      "invalid_request",
    );
    same(refusal(await administration.forgetViewer("@nobody_at_all")), "not_found");
    same(refusal(await administration.replaceModel({})), "invalid_request");
    const { key, token } = await stage.value(
      administration.createAdminKey({ scopes: ["metrics"] }),
    );
    const reader = new stage.client.SkeinAdministration({ url: stage.url, token });
    await stage.value(reader.readFigures());
    same(refusal(await reader.readModel()), "forbidden");
    same(
      (await all(administration.listAdminKeys().items())).some(({ id }) => id === key.id),
      true,
    );
    await stage.value(administration.deleteAdminKey(key.id));
    same((await all(administration.listAdminUses().items())).length > 0, true);
    const user = new stage.client.SkeinAdministration({ url: stage.url, token: "a user's" });
    same(refusal(await user.readModel()), "unauthenticated");
  },
};
