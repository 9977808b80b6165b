/**
 * The row of deliveries: from the request of a post until its last awake follower has it, with everything
 * that is between. Its floor is one invocation that inserts a row in as many objects.
 */
import { Watchers } from "../../scripts/load/watchers.ts";
import { rawRequest } from "../run/connection.ts";
import type { Row } from "../run/rounds.ts";
import type { Runtime } from "../run/runtime.ts";
import { followAll, handles, importAll, readOnce, signIn, textOf } from "./accounts.ts";
import type { Connections } from "./pages.ts";

const FOLLOWERS = 300;
/** Followers with a socket, who show that the post is there. All others are called before them. */
const WATCHERS = 4;

export async function deliveriesRow(
  runtime: Runtime,
  { skein, floors }: Connections,
): Promise<{ row: Row; close: () => void }> {
  const names = handles("follower", FOLLOWERS);
  await importAll(runtime, ["star", ...names], followAll(names, ["star"]));
  const [star] = await signIn(runtime, ["star"]);
  const followers = await signIn(runtime, names);
  await readOnce(runtime, followers);
  let onFrame = (): void => undefined;
  // A job calls the followers in the order of their ids.
  const last = followers.toSorted((a, b) => (a.user.id < b.user.id ? -1 : 1)).slice(-WATCHERS);
  const members = last.map(({ token, user }) => {
    const { handle, id: userId } = user;
    return {
      handle,
      skein: runtime.client.as(token),
      signedIn: true,
      userId,
      followers: [],
      followees: [],
    };
  });
  const watchers = await Watchers.open(members, () => onFrame());
  const [connection, floor] = [skein[0], floors[0]];
  if (connection === undefined || floor === undefined) throw new Error("a row needs connections");
  let posts = 0;
  const slice = async () => {
    const text = textOf("star", posts++);
    const body = JSON.stringify({ text });
    const request = rawRequest({
      method: "POST",
      path: "/v1/posts",
      token: star?.token ?? "",
      body,
    });
    let missing = WATCHERS;
    const arrived = new Promise<void>((resolve) => {
      onFrame = () => {
        missing--;
        if (missing === 0) resolve();
      };
    });
    const startMs = performance.now();
    await connection.send(request);
    await arrived;
    const tookMs = performance.now() - startMs;
    await runtime.settled();
    return (FOLLOWERS * 1000) / tookMs;
  };
  const fanRequest = rawRequest({ path: `/fan/${"x".repeat(100)}/${FOLLOWERS}` });
  const fan = async () => {
    const startMs = performance.now();
    await floor.send(fanRequest);
    return (FOLLOWERS * 1000) / (performance.now() - startMs);
  };
  return { row: { name: "deliveries", slice, floors: { fan } }, close: () => watchers.close() };
}
