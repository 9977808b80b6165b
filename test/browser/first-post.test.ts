import { randomUUID } from "node:crypto";
import { expect, inject, test } from "vitest";
import { People } from "./people.ts";
import { useReaders } from "./readers.ts";

const people = new People(inject("address"));
const open = useReaders();

test("from signing up to the first post, and back in after signing out", async () => {
  const reader = await open();
  const { page } = reader;
  const handle = `first_${randomUUID().slice(0, 8)}`;
  await reader.go("/");
  await page.getByRole("button", { name: "Create an account" }).click();
  await page.getByLabel("Handle", { exact: false }).fill(handle);
  await page.getByLabel("Name (optional)").fill("Ada Lindgren");
  await page.getByLabel("Password").fill("a good password");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "It is quiet here" }).waitFor();
  await page.getByRole("textbox", { name: "What is on your mind?" }).fill("Hello, world");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await reader.sent("Hello, world");
  // What one sees needs no message.
  expect(await page.locator(".toast").count()).toBe(0);
  expect(await reader.texts()).toEqual(["Hello, world"]);
  await page.reload();
  await reader.post("Hello, world").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Handle", { exact: true }).fill(handle);
  await page.getByLabel("Password").fill("not the password");
  reader.allow(/status of 401.*\/v1\/sessions/);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Wrong handle or password.").waitFor();
  await page.getByLabel("Password").fill("a good password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await reader.post("Hello, world").waitFor();
});

test("a text is counted as the API counts it", async () => {
  const reader = await open();
  await reader.signIn(await people.join());
  const { page } = reader;
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  const send = page.getByRole("button", { name: "Post", exact: true });
  await box.fill("   \n ");
  expect(await send.isDisabled()).toBe(true);
  await box.fill(` ${"🧶".repeat(281)} `);
  await page.getByText("1 character too many").waitFor({ state: "attached" });
  expect(await send.isDisabled()).toBe(true);
  await box.fill(` ${"🧶".repeat(280)}\n`);
  await send.click();
  await reader.sent("🧶".repeat(280));
});

test("a draft survives a reload and a refusal, and is posted once", async () => {
  const author = await people.join();
  const reader = await open();
  await reader.signIn(author);
  const { page } = reader;
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  await box.fill("Worth keeping");
  await page.reload();
  expect(await box.inputValue()).toBe("Worth keeping");
  // The answer to the first attempt is lost, though the post was taken.
  const keys: (string | undefined)[] = [];
  reader.allow(/ERR_FAILED.*\/v1\/posts/);
  await page.route("**/v1/posts", async (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    if (keys.length > 1) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await page.getByText("Your post was not sent, and is a draft again.").waitFor();
  expect(await box.inputValue()).toBe("Worth keeping");
  await page.reload();
  expect(await box.inputValue()).toBe("Worth keeping");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await reader.sent("Worth keeping");
  expect(await box.inputValue()).toBe("");
  expect(keys).toHaveLength(2);
  expect(keys[1]).toBe(keys[0]);
  const { items } = await people.timeline(author);
  expect(items.map(({ post }) => post.text)).toEqual(["Worth keeping"]);
});

test("a draft outlives a page that is closed while it is sent", async () => {
  const reader = await open();
  await reader.signIn(await people.join());
  const { page } = reader;
  const box = page.getByRole("textbox", { name: "What is on your mind?" });
  // Never answered.
  await page.route("**/v1/posts", () => {});
  await box.fill("In flight");
  await page.getByRole("button", { name: "Post", exact: true }).click();
  await page.getByText("Sending…").waitFor();
  expect(await box.inputValue()).toBe("");
  await page.reload();
  expect(await box.inputValue()).toBe("In flight");
});
