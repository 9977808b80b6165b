import { expect, inject, test } from "vitest";
import { People, type Person } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";
import { eventually, PATIENCE_MS } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();

async function countsOf(reader: Reader, text: string, name: RegExp): Promise<string> {
  return (await reader.post(text).getByRole("button", { name }).getAttribute("aria-label")) ?? "";
}

/** A reader whose list is long enough to be scrolled, and somebody they follow. */
async function scrolled(path: string): Promise<{ reader: Reader; author: Person; read: string }> {
  const [viewer, author] = await people.friends("Viewer", "Author");
  if (viewer === undefined || author === undefined) throw new Error("nobody joined");
  await people.posts(author, 40, (n) => `Older post ${n}`);
  const reader = await open();
  await reader.signIn(viewer, path);
  await reader.page.locator("article").first().waitFor();
  await reader.scroll(2);
  const read = await reader.firstInView();
  return { reader, author, read };
}

test("one posts; the other sees the pill, then the post, then the like counted", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.post(ben, "What Ada is reading");
  const [reader, writer] = [await open(), await open()];
  await reader.signIn(ada);
  await writer.signIn(ben);
  await reader.post("What Ada is reading").waitFor();
  const before = await reader.topOf("What Ada is reading");
  await writer.page.getByRole("textbox", { name: "What is on your mind?" }).fill("News from Ben");
  await writer.page.getByRole("button", { name: "Post", exact: true }).click();
  const pill = reader.page.getByRole("button", { name: "1 new post" });
  await pill.waitFor();
  expect(await reader.texts()).toEqual(["What Ada is reading"]);
  expect(await reader.topOf("What Ada is reading")).toBe(before);
  await expect.poll(() => reader.page.title()).toBe("(1) Skein");
  await pill.click();
  await reader.post("News from Ben").waitFor();
  await expect.poll(() => reader.page.title()).toBe("Skein");
  await writer.post("News from Ben").getByRole("button", { name: "Like. 0 likes" }).waitFor();
  await reader.post("News from Ben").getByRole("button", { name: /^Like/ }).click();
  await reader.post("News from Ben").getByRole("button", { name: "Like. 1 like" }).waitFor();
  await writer.post("News from Ben").getByRole("button", { name: "Like. 1 like" }).waitFor();
  expect(await countsOf(writer, "News from Ben", /^Like/)).toBe("Like. 1 like");
});

test("what arrives while one reads further down moves nothing, and is on top when asked for", async () => {
  const { reader, author, read } = await scrolled("/latest");
  const before = await reader.topOf(read);
  await people.post(author, "Breaking");
  await people.post(author, "Breaking again");
  const pill = reader.page.getByRole("button", { name: "2 new posts" });
  await pill.waitFor();
  expect(await reader.topOf(read)).toBe(before);
  await pill.click();
  await eventually(async () => {
    expect((await reader.texts()).slice(0, 2)).toEqual(["Breaking again", "Breaking"]);
  });
  await eventually(async () => expect(await reader.scrollY()).toBe(0));
});

test("offline it says so; back online it catches up, without losing the place", async () => {
  const { reader, author, read } = await scrolled("/latest");
  const { page } = reader;
  const before = await reader.topOf(read);
  reader.allow(/ERR_INTERNET_DISCONNECTED/);
  await page.context().setOffline(true);
  await page.getByText("Offline", { exact: true }).waitFor();
  await people.post(author, "Missed it");
  await reader.post(read).getByRole("button", { name: /^Like/ }).click();
  // It goes out when the network is back.
  await reader.post(read).getByRole("button", { name: "Like. 1 like" }).waitFor();
  await page.context().setOffline(false);
  await reader.live();
  await page.getByRole("button", { name: "1 new post" }).waitFor();
  expect(await reader.topOf(read)).toBe(before);
  await page.getByRole("button", { name: "1 new post" }).click();
  await reader.post("Missed it").waitFor();
});

test("a page that could not be read says so, and is read when there is a connection", async () => {
  const [viewer, author] = await people.friends("Viewer", "Author");
  if (viewer === undefined || author === undefined) throw new Error("nobody joined");
  await people.post(author, "Here again");
  const reader = await open();
  await reader.signIn(viewer);
  const { page } = reader;
  reader.allow(/ERR_INTERNET_DISCONNECTED/);
  await page.context().setOffline(true);
  await page.getByRole("link", { name: "Latest" }).click();
  await page.getByText("No connection. Check the network and try again.").waitFor();
  expect(await reader.texts()).toEqual([]);
  await page.context().setOffline(false);
  await reader.post("Here again").waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
});

test("a deleted post goes everywhere", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.post(ben, "A slip of the finger");
  await people.post(ben, "Meant to be");
  const [reader, writer] = [await open(), await open()];
  await reader.signIn(ada);
  await writer.signIn(ben);
  await reader.post("A slip of the finger").waitFor();
  const slip = writer.post("A slip of the finger");
  await slip.hover();
  await slip.getByRole("button", { name: "Delete" }).click();
  await slip.getByRole("button", { name: "Yes, delete" }).click();
  for (const who of [writer, reader]) {
    await who.post("A slip of the finger").waitFor({ state: "detached", timeout: PATIENCE_MS });
    expect(await who.texts()).toEqual(["Meant to be"]);
  }
});
