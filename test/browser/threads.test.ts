/** Replies beside what they answer. */
import { expect, inject, test } from "vitest";
import { violations } from "./axe.ts";
import { People } from "./people.ts";
import { useReaders } from "./readers.ts";

const people = new People(inject("address"));
const open = useReaders();

test("a reply shows what it answers, which leads to it and goes when it is deleted", async () => {
  const [ada, ben, cleo] = await people.friends("Ada", "Ben", "Cleo");
  if (ada === undefined || ben === undefined || cleo === undefined) throw new Error("three joined");
  const asked = await people.post(ada, "What is a skein?\nI ask for a friend.");
  await people.post(cleo, "Something between");
  await people.post(ben, "A length of yarn", asked.id);
  const reader = await open();
  await reader.signIn(cleo, "/latest");
  const { page } = reader;
  const reply = reader.post("A length of yarn");
  const answered = reply.getByRole("link", { name: /In reply to Ada.*What is a skein\?/s });
  await answered.waitFor();
  expect(await violations(reader)).toEqual([]);
  await answered.click();
  await page.getByRole("heading", { name: "Post by Ada" }).waitFor({ state: "attached" });
  await page.goBack();
  await answered.waitFor();
  await ada.skein.deletePost(asked.id);
  await reply.getByText("In reply to a post that is not shown").waitFor();
  expect(await answered.count()).toBe(0);
});

test("neighbours that answer one another are one thread, and a long one opens with the keyboard", async () => {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("two joined");
  let last = await people.post(ada, "first");
  for (const [n, author] of [ben, ada, ben, ada].entries()) {
    last = await people.post(author, `answer ${n + 1}`, last.id);
  }
  const reader = await open();
  await reader.signIn(ada, "/latest");
  await reader.post("first").waitFor();
  expect(await reader.texts()).toEqual(["first", "answer 3", "answer 4"]);
  const more = reader.page.getByRole("button", { name: "Show 2 more posts of this thread" });
  expect(await violations(reader)).toEqual([]);
  await more.focus();
  await reader.page.keyboard.press("Enter");
  await reader.post("answer 1").waitFor();
  expect(await reader.texts()).toEqual(["first", "answer 1", "answer 2", "answer 3", "answer 4"]);
});
