/** The view of the account's sessions. */
import { expect, inject, test } from "vitest";
import { orThrow, type SignedIn } from "../../client/src/skein-client.ts";
import { violations } from "./axe.ts";
import { People, type Person, PASSWORD } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";

const people = new People(inject("address"));
const open = useReaders();

const ENDED = "Your session has ended. Please sign in again.";

/** Another session of somebody. */
async function signInElsewhere({ skein, handle }: Person): Promise<SignedIn> {
  return orThrow(await skein.createSession({ handle, password: PASSWORD }));
}

/** How many sessions of an account last. */
async function sessionsOf({ skein }: Person): Promise<number> {
  return orThrow(await skein.listSessions()).items.length;
}

/** The code of the refusal of a session's refresh token; null if it still works. */
async function refusal({ skein }: Person, { refreshToken }: SignedIn): Promise<string | null> {
  const answer = await skein.refreshSession(refreshToken);
  return answer.ok ? null : answer.error.code;
}

/** Goes to the sessions as a reader does, from the menu. */
async function openSessions({ page }: Reader): Promise<void> {
  await page
    .getByRole("navigation", { name: "Main" })
    .getByRole("link", { name: "Sessions" })
    .click();
  await page.locator(".device").first().waitFor();
}

test("the page lists the account's sessions and ends the one that its owner chooses", async () => {
  const ada = await people.join("Ada");
  const reader = await open();
  const { page } = reader;
  await reader.signIn(ada);
  const elsewhere = await signInElsewhere(ada);
  await openSessions(reader);
  // The account was opened with a session of its own.
  expect(await page.locator(".device").count()).toBe(3);
  const own = page.locator(".device").filter({ hasText: "This device" });
  expect(await own.count()).toBe(1);
  expect(await own.locator(".name").textContent()).toContain("Chrome on Linux");
  expect(await own.getByRole("button").count()).toBe(0);
  expect(await violations(reader)).toEqual([]);
  await page
    .locator(".device")
    .last()
    .getByRole("button", { name: /^End the session/ })
    .click();
  await expect.poll(() => page.locator(".device").count()).toBe(2);
  expect(await refusal(ada, elsewhere)).toBe("unauthenticated");
  expect(await sessionsOf(ada)).toBe(2);
  await page.reload();
  await page.locator(".device").first().waitFor();
  expect(await page.locator(".device").count()).toBe(2);
});

test("all other sessions end at once, after a confirmation, and their pages say so", async () => {
  const ben = await people.join("Ben");
  const [reader, other] = [await open(), await open()];
  other.allow(/status of 401/);
  await reader.signIn(ben);
  await other.signIn(ben);
  await openSessions(reader);
  const { page } = reader;
  await page.getByRole("button", { name: "End all other sessions" }).click();
  expect(await violations(reader)).toEqual([]);
  await page.getByRole("button", { name: "Keep them" }).click();
  expect(await page.locator(".device").count()).toBe(3);
  await page.getByRole("button", { name: "End all other sessions" }).click();
  await page.getByRole("button", { name: "Yes, end all others" }).click();
  await page.getByText("You are signed in nowhere else.").waitFor();
  expect(await page.locator(".device").count()).toBe(1);
  await other.page.getByText(ENDED).first().waitFor();
  await reader.go("/");
  await reader.live();
});

test("a session that cannot be ended stays in the list, and the page says why", async () => {
  const cleo = await people.join("Cleo");
  const reader = await open();
  const { page } = reader;
  reader.allow(/status of 503/);
  await reader.signIn(cleo, "/sessions");
  await page.route("**/v1/sessions/*", (route) =>
    route.fulfill({
      status: 503,
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "unavailable", title: "", status: 503, detail: "" }),
    }),
  );
  await page.getByRole("button", { name: /^End the session/ }).click();
  await page.getByText("Nothing was ended. Skein is busy.").waitFor();
  expect(await page.locator(".device").count()).toBe(2);
});

test("the menu of a phone leads to the sessions", async () => {
  const dana = await people.join("Dana");
  const reader = await open({ viewport: { width: 360, height: 740 }, isMobile: true });
  await reader.signIn(dana);
  await reader.page.getByLabel("Menu").click();
  await reader.page.locator(".menu").getByRole("link", { name: "Sessions" }).click();
  await reader.page.locator(".device").first().waitFor();
  expect(new URL(reader.page.url()).pathname).toBe("/sessions");
});
