/** The people and posts that pictures show, made through the API. */
import { orThrow } from "../../client/src/errors.ts";
import type { Skein } from "../../client/src/skein-client.ts";
import { CommandError } from "../project.ts";

/** The account that is signed in on the pictures. */
export const VIEWER = { handle: "ada", name: "Ada Lindgren", password: "ada-in-pictures" };

/** The other accounts; `passwordOf` has their passwords. */
export const PEOPLE: readonly (readonly [handle: string, name: string])[] = [
  ["noor", "Noor Haddad"],
  ["tomas", "Tomas Vega"],
  ["yuki", "山本 由紀"],
  ["layla", "ليلى منصور"],
  ["emil_bakes", "Emil Sharma"],
  ["anika_reads", "Anika Alvarez"],
  ["wren", "Wren Okafor"],
  ["pedro", "Pedro Greco"],
];

/** The posts, oldest first, with their likes and reposts. */
const POSTS: readonly {
  by: string;
  text: string;
  likes: number;
  reposts?: number;
  liked?: true;
}[] = [
  {
    by: "pedro",
    text: "Headwind both ways on the commute. Physics owes me an explanation.",
    likes: 3,
  },
  {
    by: "anika_reads",
    text: "The book of letters I gave up on seven years ago turns out to be the one I needed this winter.",
    likes: 5,
    reposts: 1,
  },
  { by: "layla", text: "أول قهوة على الشرفة هذا العام. الربيع وصل قبل الموعد.", likes: 4 },
  {
    by: "wren",
    text: "Our choir sounds like a choir now. It took two years, eleven biscuit tins and one new pianist.",
    likes: 8,
    reposts: 2,
  },
  { by: "yuki", text: "港の古い灯台まで歩いた。猫が三匹、案内してくれた。", likes: 6, reposts: 1 },
  {
    by: "noor",
    text: "Learned the word for the smell of rain on dust. Now I need it to rain.",
    likes: 4,
  },
  {
    by: "emil_bakes",
    text: "Small discovery: toasted fennel seed in a warm brioche. That's the whole post.",
    likes: 7,
    reposts: 2,
  },
  {
    by: "ada",
    text: "Mended the radio with a paper clip and patience. It only gets the weather, which is all I want from it.",
    likes: 8,
    reposts: 3,
  },
  {
    by: "tomas",
    text: "Finished the quilt, with too much glue. Leaving it in. @noor was right about the green.",
    likes: 5,
  },
  {
    by: "noor",
    text: "The night bus to the coast has a driver who names the stars. Stop requests were few.",
    likes: 6,
    liked: true,
    reposts: 2,
  },
];

/** Answers to the viewer's post, oldest first. */
const REPLIES: readonly { by: string; text: string }[] = [
  { by: "wren", text: "Paper clips hold up more of this world than anyone admits." },
  { by: "layla", text: "الصبر أهم من مشبك الورق." },
  { by: "tomas", text: "What does it say about Sunday? I promised somebody a picnic." },
];

/** The parts of the scene that pictures show. */
export interface Scene {
  /** The post whose page is shown. */
  postId: string;
  /** The profile that is shown. */
  profile: string;
}

export function passwordOf(handle: string): string {
  return `${handle}-pictures`;
}

/** The client of an account. */
export async function signedIn(client: Skein, handle: string, password: string): Promise<Skein> {
  return client.as(orThrow(await client.createSession({ handle, password })).token);
}

/** Makes the scene in an empty Skein. */
export async function makeScene(client: Skein): Promise<Scene> {
  const people = PEOPLE.map(([handle, name]) => ({ handle, name, password: passwordOf(handle) }));
  const clients = new Map<string, Skein>();
  for (const account of [VIEWER, ...people]) {
    const { token } = orThrow(await client.createAccount(account));
    clients.set(account.handle, client.as(token));
  }
  const as = (handle: string): Skein => {
    const one = clients.get(handle);
    if (one === undefined) throw new CommandError(`nobody is called ${handle}`);
    return one;
  };
  for (const [handle] of PEOPLE) {
    orThrow(await as(VIEWER.handle).followUser(`@${handle}`));
    orThrow(await as(handle).followUser(`@${VIEWER.handle}`));
    if (handle !== "noor") orThrow(await as(handle).followUser("@noor"));
  }
  const handles = PEOPLE.map(([handle]) => handle);
  let postId = "";
  for (const { by, text, likes, reposts = 0, liked } of POSTS) {
    const { id } = orThrow(await as(by).createPost({ text }));
    if (by === VIEWER.handle) {
      postId = id;
      for (const reply of REPLIES) {
        orThrow(await as(reply.by).createPost({ text: reply.text, replyTo: id }));
      }
    }
    const others = handles.filter((handle) => handle !== by);
    if (liked) orThrow(await as(VIEWER.handle).likePost(id));
    for (const who of others.slice(0, likes)) orThrow(await as(who).likePost(id));
    // The reposters come before the viewer's first read, so that the posts show their names.
    for (const who of others.slice(0, reposts)) {
      if (by === VIEWER.handle) orThrow(await as(who).repostPost(id));
    }
  }
  return { postId, profile: "noor" };
}

/** Whether the whole scene has arrived; replies come by a queue. */
export async function isComplete(client: Skein, { postId }: Scene): Promise<boolean> {
  const viewer = await signedIn(client, VIEWER.handle, VIEWER.password);
  const post = orThrow(await client.readPost(postId));
  const timeline = orThrow(await viewer.readTimeline({ order: "latest" }).page());
  const user = orThrow(await client.readUser("@noor"));
  const texts = new Set(timeline.items.map((item) => item.post.text));
  return (
    post.counts.replies === REPLIES.length &&
    user.counts.posts > 0 &&
    POSTS.every(({ text }) => texts.has(text))
  );
}
