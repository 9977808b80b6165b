import { orThrow } from "../../client/src/errors.ts";
import { expect, inject, test } from "vitest";
import { People } from "./people.ts";
import { useReaders } from "./readers.ts";
import { eventually } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();

test("a like is there at once; a refused one is undone with a message", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.post(ben, "Like me");
  const reader = await open();
  await reader.signIn(ada);
  const { page } = reader;
  const like = reader.post("Like me").getByRole("button", { name: /^Like/ });
  await like.waitFor();
  // Held back, so that what is seen before the answer is the page's own doing.
  let answer = (): void => {};
  const held = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/like", async (route) => {
    await held;
    await route.continue();
  });
  await like.click();
  await reader.post("Like me").getByRole("button", { name: "Like. 1 like" }).waitFor();
  expect(await like.getAttribute("aria-pressed")).toBe("true");
  await people.block(ben, ada);
  reader.allow(/status of 403.*\/like/);
  answer();
  await page.getByText("Your like was not taken. You are not allowed to do that.").waitFor();
  expect(await like.getAttribute("aria-pressed")).toBe("false");
  expect(await like.getAttribute("aria-label")).toBe("Like. 0 likes");
});

test("the last of many clicks is what counts", async () => {
  const ada = await people.join("Ada");
  await people.post(ada, "Back and forth");
  const reader = await open();
  await reader.signIn(ada);
  const like = reader.post("Back and forth").getByRole("button", { name: /^Like/ });
  for (let click = 0; click < 5; click++) await like.click();
  expect(await like.getAttribute("aria-pressed")).toBe("true");
  await eventually(async () => {
    const { items } = await people.timeline(ada);
    expect(items[0]?.post.viewer?.liked).toBe(true);
    expect(items[0]?.post.counts.likes).toBe(1);
  });
  await reader.page.reload();
  await reader.post("Back and forth").getByRole("button", { name: "Like. 1 like" }).waitFor();
});

test("a reply is in the thread at once, and a refused one is a draft again", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  const { id } = await people.post(ben, "Ask me anything");
  const reader = await open();
  await reader.signIn(ada, `/post/${id}`);
  const { page } = reader;
  const box = page.getByRole("textbox", { name: "Write a reply" });
  await box.fill("How are you?");
  await page.getByRole("button", { name: "Reply", exact: true }).click();
  await reader.sent("How are you?");
  await page.getByRole("button", { name: "Reply. 1 reply" }).waitFor();
  await people.block(ben, ada);
  reader.allow(/status of 403.*\/v1\/posts/);
  await box.fill("And your cat?");
  await page.getByRole("button", { name: "Reply", exact: true }).click();
  await page.getByText("Your reply was not sent, and is a draft again.").waitFor();
  await reader.post("And your cat?").waitFor({ state: "detached" });
  expect(await box.inputValue()).toBe("And your cat?");
  await page.getByRole("button", { name: "Reply. 1 reply" }).waitFor();
});

test("a repost is at the top of one's profile, under the name of who reposted", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.post(ben, "Pass it on");
  const reader = await open();
  await reader.signIn(ada);
  const repost = reader.post("Pass it on").getByRole("button", { name: /^Repost/ });
  await repost.click();
  await reader.post("Pass it on").getByRole("button", { name: "Repost. 1 repost" }).waitFor();
  await eventually(async () => {
    expect((await people.timeline(ada)).items[0]?.post.viewer?.reposted).toBe(true);
  });
  await reader.page.getByRole("link", { name: ", your profile" }).click();
  await reader.post("Pass it on").getByText("Ada reposted").waitFor();
});

test("a profile: follow, followers, mute and block", async () => {
  const [ada, ben] = [await people.join("Ada"), await people.join("Ben")];
  await people.post(ben, "Ben was here");
  const reader = await open();
  await reader.signIn(ada);
  const { page } = reader;
  await page.getByRole("heading", { name: "It is quiet here" }).waitFor();
  await page.getByLabel("Handle of an account to open").first().fill(`@${ben.handle}`);
  await page.getByRole("button", { name: "Open" }).first().click();
  await page.getByRole("button", { name: `Follow @${ben.handle}` }).click();
  await page.getByRole("link", { name: "1 follower", exact: true }).click();
  await page.getByRole("list", { name: "Followers of Ben" }).getByText(`@${ada.handle}`).waitFor();
  await page.getByRole("link", { name: "Home" }).click();
  await reader.post("Ben was here").waitFor();
  await page.getByRole("link", { name: `Ben @${ben.handle}` }).click();
  await page.getByRole("button", { name: "Mute" }).click();
  await page.getByText("Muted", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Home" }).click();
  await page.getByRole("heading", { name: "It is quiet here" }).waitFor();
  await page.goBack();
  await page.getByRole("button", { name: "Block" }).click();
  await page.getByRole("group").getByRole("button", { name: "Block" }).click();
  await page.getByRole("heading", { name: `You have blocked @${ben.handle}` }).waitFor();
  await eventually(async () => {
    const user = orThrow(await ada.skein.readUser(`@${ben.handle}`));
    expect(user.viewer).toMatchObject({ following: false, muted: true, blocked: true });
  });
  await page.getByRole("button", { name: `Unblock @${ben.handle}` }).click();
  await reader.post("Ben was here").waitFor();
});

test("a ranked post says why it is where it is", async () => {
  const ada = await people.join("Ada");
  await people.post(ada, "Ranked first");
  const reader = await open();
  const { page } = reader;
  const asked: string[] = [];
  await page.route("**/v1/timeline?*", async (route) => {
    asked.push(new URL(route.request().url()).search);
    const response = await route.fetch();
    const answer = await people.timeline(ada);
    const why = {
      ...{ score: 0.5, model: "a test's", typical: 0, actions: [] },
      contributions: [
        { group: "author_affinity", contribution: -0.25 },
        { group: "recency", contribution: 0.75 },
      ],
      reasons: [{ kind: "oftenLiked", by: ada.user }, { kind: "new" }],
      adjustments: [{ kind: "more", factor: 2 }],
    };
    const items = answer.items.map((item) => ({ ...item, why }));
    await route.fulfill({ response, json: { ...answer, order: "ranked", items } });
  });
  await reader.signIn(ada);
  expect(asked[0]).toBe("?order=ranked&explain=true");
  await reader.post("Ranked first").getByRole("button", { name: "Why this post" }).click();
  const why = page.getByRole("region", { name: "Why this post" });
  expect(await why.getByRole("listitem").allTextContents()).toEqual(["You often like Ada", "New"]);
  await why.getByText("Details").click();
  await why.getByText("0.50").waitFor();
  expect(await why.locator("details").getByRole("listitem").allTextContents()).toEqual([
    "how new it is+0.75",
    "author affinity−0.25",
  ]);
  await why.getByText("× 2 because you asked for more").waitFor();
  await page.getByRole("link", { name: "Latest" }).click();
  await eventually(() => expect(asked.at(-1)).toBe("?order=latest"));
  await page.unrouteAll({ behavior: "ignoreErrors" });
});
