/** The requests that the published document shows as examples are requests that the Worker accepts. */
import { expect, it } from "vitest";
import { EXAMPLES } from "../../feed/wire-examples.ts";
import type { Session } from "../../feed/wire.ts";
import { World } from "./world.ts";

const world = new World();

it("the examples of requests in the document are accepted, one after the other", async () => {
  const made = await world.call<Session>("POST", "/v1/accounts", { body: EXAMPLES.NewAccount });
  expect(made.status).toBe(201);
  const signedIn = await world.call("POST", "/v1/sessions", { body: EXAMPLES.Credentials });
  expect(signedIn.status).toBe(201);
  const { token } = made.body;
  const post = await world.call("POST", "/v1/posts", { token, body: EXAMPLES.NewPost });
  expect(post.status).toBe(201);
  const seen = { token, body: EXAMPLES.NewImpressions };
  expect((await world.call("POST", "/v1/timeline/impressions", seen)).status).toBe(202);
  const minting = { token: world.env.ADMIN_TOKEN, body: EXAMPLES.AccountName };
  expect((await world.call("POST", "/v1/admin/tokens", minting)).status).toBe(201);
  const moving = { token: world.env.ADMIN_TOKEN, body: EXAMPLES.BucketsToMove };
  expect((await world.call("POST", "/v1/admin/store/move", moving)).status).toBe(200);
});

it("the examples of an import's lines are imported", async () => {
  const other = { user: { handle: EXAMPLES.ImportedFollow.follow[0] } };
  const lines = [other, EXAMPLES.ImportedUser, EXAMPLES.ImportedFollow];
  const answer = await world.import(lines);
  expect(answer.at(-1)).toMatchObject({ follows: 1, errors: 0 });
});
