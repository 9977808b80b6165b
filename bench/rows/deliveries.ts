/**
 * The rows of deliveries: from the request of a post until its last awake follower has it, with everything
 * that is between; and the same for some posts at once to the same followers. Their floor is one invocation
 * that inserts a row in as many objects.
 */
import { Watchers } from "../../scripts/load/watchers.ts";
import { rawRequest } from "../run/connection.ts";
import type { Row } from "../run/rounds.ts";
import type { Runtime } from "../run/runtime.ts";
import { followAll, handles, importAll, readOnce, signIn, textOf } from "./accounts.ts";
import type { Connections } from "./pages.ts";

const FOLLOWERS = 300;
/** Posts of the second row, which its jobs bring together. */
const POSTS_AT_ONCE = 20;
/** Followers with a socket, who show that the post is there. All others are called before them. */
const WATCHERS = 4;

export async function deliveryRows(
  runtime: Runtime,
  { skein, floors }: Connections,
): Promise<{ rows: Row[]; close: () => void }> {
  const names = handles("follower", FOLLOWERS);
  await importAll(runtime, ["star", ...names], followAll(names, ["star"]));
  const [star] = await signIn(runtime, ["star"]);
  const followers = await signIn(runtime, names);
  await readOnce(runtime, followers);
  let onFrame = (): void => undefined;
  // A job calls the followers in the order of their ids.
  const last = followers.toSorted((a, b) => (a.user.id < b.user.id ? -1 : 1)).slice(-WATCHERS);
  const members = last.map(({ user }) => {
    const { handle, id: userId } = user;
    return {
      handle,
      skein: runtime.client.as(() => runtime.tokens.of(handle)),
      signedIn: true,
      userId,
      followers: [],
      followees: [],
    };
  });
  const watchers = await Watchers.open(members, () => onFrame());
  const [floor] = floors;
  if (floor === undefined) throw new Error("a row needs connections");
  let posts = 0;
  const newPost = () => {
    const body = JSON.stringify({ text: textOf("star", posts++) });
    return rawRequest({ method: "POST", path: "/v1/posts", token: star?.token ?? "", body });
  };
  const sliceOf = (count: number) => async () => {
    const requests = Array.from({ length: count }, newPost);
    let missing = WATCHERS * count;
    const arrived = new Promise<void>((resolve) => {
      onFrame = () => {
        missing--;
        if (missing === 0) resolve();
      };
    });
    const startMs = performance.now();
    await Promise.all(
      skein.map(async (connection) => {
        for (let next = requests.pop(); next !== undefined; next = requests.pop()) {
          await connection.send(next);
        }
      }),
    );
    await arrived;
    const tookMs = performance.now() - startMs;
    await runtime.settled();
    return (FOLLOWERS * count * 1000) / tookMs;
  };
  const fanRequest = rawRequest({ path: `/fan/${"x".repeat(100)}/${FOLLOWERS}` });
  const fan = async () => {
    const startMs = performance.now();
    await floor.send(fanRequest);
    return (FOLLOWERS * 1000) / (performance.now() - startMs);
  };
  const rows = [
    { name: "deliveries", slice: sliceOf(1), floors: { fan } },
    {
      name: `deliveries of ${POSTS_AT_ONCE} posts`,
      slice: sliceOf(POSTS_AT_ONCE),
      floors: { fan },
    },
  ];
  return { rows, close: () => watchers.close() };
}
