import { expect, inject, test } from "vitest";
import { People } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";
import { eventually } from "../eventually.ts";

const people = new People(inject("address"));
const open = useReaders();

/** A reader of three posts, who touches nothing but the keyboard from here on. */
async function reading(): Promise<Reader> {
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  for (const text of ["Third", "Second", "First"]) await people.post(ben, text);
  const reader = await open();
  await reader.signIn(ada, "/latest");
  await reader.post("First").waitFor();
  return reader;
}

async function waitForFocus(reader: Reader, text: string | null): Promise<void> {
  await eventually(async () => expect(await reader.focusedPost()).toBe(text));
}

test("one reads, likes, reposts, replies and comes back with the keyboard alone", async () => {
  const reader = await reading();
  const { page } = reader;
  const { keyboard } = page;
  await keyboard.press("j");
  expect(await reader.focusedPost()).toBe("First");
  await keyboard.press("j");
  await keyboard.press("j");
  await keyboard.press("k");
  expect(await reader.focusedPost()).toBe("Second");
  await keyboard.press("l");
  await keyboard.press("t");
  await reader.post("Second").getByRole("button", { name: "Like. 1 like" }).waitFor();
  await reader.post("Second").getByRole("button", { name: "Repost. 1 repost" }).waitFor();
  await keyboard.press("r");
  await page.getByRole("dialog", { name: "Reply" }).waitFor();
  await keyboard.type("jolly good");
  await keyboard.press("Control+Enter");
  await reader.sent("jolly good");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await reader.post("Second").getByRole("button", { name: "Reply. 1 reply" }).waitFor();
  await waitForFocus(reader, "Second");
  await keyboard.press("j");
  await keyboard.press("Enter");
  await page.getByRole("heading", { name: "Replies" }).waitFor();
  await page.getByRole("link", { name: "Back" }).focus();
  await keyboard.press("Enter");
  await reader.post("First").waitFor();
  await waitForFocus(reader, "Third");
});

test("n writes a post from anywhere, and Escape leads back to where one was", async () => {
  const reader = await reading();
  const { page } = reader;
  await page.keyboard.press("j");
  await page.keyboard.press("n");
  const box = page.getByRole("dialog", { name: "New post" });
  await box.waitFor();
  await page.keyboard.type("lk jn?");
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });
  await waitForFocus(reader, "First");
  await page.keyboard.press("n");
  expect(await box.getByRole("textbox").inputValue()).toBe("lk jn?");
  await page.keyboard.press("Control+Enter");
  await reader.post("lk jn?").waitFor();
});

test("g h leads home, g p to one's own profile, and / to the box that finds somebody", async () => {
  const reader = await reading();
  const { page } = reader;
  const path = () => new URL(page.url()).pathname;
  await page.keyboard.press("g");
  await page.keyboard.press("p");
  await page.getByText("You have not posted anything yet.").waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("h");
  await reader.post("First").waitFor();
  expect(path()).toBe("/");
  await page.keyboard.press("/");
  await page.keyboard.type("nobody");
  expect(await page.getByRole("textbox", { name: /^Handle/ }).inputValue()).toBe("nobody");
});

test("? lists the keys, which can be switched off and stay off", async () => {
  const reader = await reading();
  const { page } = reader;
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard" });
  await help.getByText("Next post").waitFor();
  await help.getByRole("checkbox").focus();
  await page.keyboard.press("Space");
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await page.reload();
  await reader.post("First").waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("?");
  expect(await reader.focusedPost()).toBeNull();
  expect(await help.count()).toBe(0);
});

test("signing in, posting and signing out need no mouse", async () => {
  const person = await people.join("Ada");
  const reader = await open();
  const { page } = reader;
  await reader.go("/");
  await page.getByLabel("Handle", { exact: true }).focus();
  await page.keyboard.type(person.handle);
  await page.keyboard.press("Tab");
  await page.keyboard.type("a-password-for-tests");
  await page.keyboard.press("Enter");
  await reader.live();
  await page.keyboard.press("n");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.type("Typed");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await reader.post("Typed").waitFor();
  await page.getByRole("button", { name: "Sign out" }).focus();
  await page.keyboard.press("Enter");
  expect(await page.getByRole("heading", { name: "Sign in" }).isVisible()).toBe(true);
});
