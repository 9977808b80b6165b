import { expect, it } from "vitest";
import { makeId } from "../../feed/ids.ts";
import { NO_ENGAGEMENT } from "../../feed/rank/engagement.ts";
import { viewerFactsSchema } from "../../feed/rank/facts.ts";
import { idAt, original, repost } from "../../test/entries.ts";
import { pageFacts } from "./page-facts.ts";

it("the facts of a page name its authors and reposters, and nobody else that ranking has read about", () => {
  const users = Array.from({ length: 250 }, (_, n) => makeId(n + 1, n, 0));
  const [viewer = "", author = "", reposter = ""] = users;
  const entries = [
    original({ id: idAt(1), author }),
    repost(idAt(3), reposter, { id: idAt(2), author }),
  ];
  const authors = Object.fromEntries(users.map((user) => [user, { ...NO_ENGAGEMENT, seen: 3 }]));
  const rankingContext = { viewer: viewerFactsSchema.parse({ id: viewer }), seen: {} };
  const facts = pageFacts(
    viewer,
    { entries, counts: new Map(), viewerOfPosts: new Map(), rankingContext: null },
    { ...rankingContext, viewer: { ...rankingContext.viewer, authors } },
  );
  expect(Object.keys(facts.viewer.authors)).toEqual([author, reposter]);
  expect(viewerFactsSchema.safeParse(facts.viewer).success).toBe(true);
});
