/** Being signed in, and no longer so. */
import { beforeAll, expect, inject, test } from "vitest";
import { People, type Person, PASSWORD } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";

const people = new People(inject("address"));
const open = useReaders();

let ada: Person;
let ben: Person;
beforeAll(async () => {
  [ada, ben] = [await people.join("Ada"), await people.join("Ben")];
  await people.post(ben, "hello from Ben");
});

const ENDED = "Your session has ended. Please sign in again.";

async function signInAgain({ page }: Reader, person: Person): Promise<void> {
  await page.getByLabel("Handle", { exact: true }).fill(person.handle);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a session that ends says so on the page, and a sign-in leads back there", async () => {
  const reader = await open();
  const { page } = reader;
  reader.allow(/status of 401/);
  await reader.signIn(ada, `/@${ben.handle}`);
  await reader.post("hello from Ben").waitFor();
  await page.route("**/v1/users/*/follow", (route) =>
    route.fulfill({
      status: 401,
      contentType: "application/problem+json",
      body: JSON.stringify({ code: "unauthenticated", title: "", status: 401, detail: "" }),
    }),
  );
  await page
    .getByRole("button", { name: /^Follow/ })
    .first()
    .click();
  await page.getByRole("alert").getByText(ENDED).waitFor();
  await page.getByRole("alert").getByRole("link", { name: "Sign in" }).click();
  await page.locator("form.sign").getByText(ENDED).waitFor();
  await signInAgain(reader, ada);
  await reader.post("hello from Ben").waitFor();
  expect(new URL(page.url()).pathname).toBe(`/@${ben.handle}`);
});

test("a saved session that is over says so at the next visit, on any page", async () => {
  const reader = await open();
  await reader.signIn(ada);
  await reader.page.evaluate(`{
    const saved = JSON.parse(localStorage.getItem("skein.session"));
    saved.expiresAt = "2020-01-01T00:00:00.000Z";
    localStorage.setItem("skein.session", JSON.stringify(saved));
  }`);
  await reader.go(`/@${ben.handle}`);
  const alert = reader.page.getByRole("alert");
  await alert.getByText(ENDED).waitFor();
  expect(await alert.getByRole("link", { name: "Sign in" }).count()).toBe(1);
});

test("an own profile speaks of you", async () => {
  const reader = await open();
  await reader.signIn(ada, `/@${ada.handle}`);
  await reader.page.getByText("You have not posted anything yet.").waitFor();
  await reader.go(`/@${ada.handle}/followers`);
  await reader.page.getByText("Nobody follows you yet.").waitFor();
  await reader.go(`/@${ada.handle}/following`);
  await reader.page.getByText("You follow nobody yet.").waitFor();
  expect(await reader.page.getByText(`@${ada.handle} follows nobody.`).count()).toBe(0);
});

test("a post that failed without a network is shown when the same text is sent again", async () => {
  const reader = await open();
  const { page } = reader;
  reader.allow(/net::ERR_FAILED|ERR_INTERNET_DISCONNECTED/);
  await reader.signIn(ada, "/latest");
  await page.route("**/v1/posts", (route) => route.abort());
  const box = page.getByRole("textbox").first();
  await box.fill("sent twice");
  await page.getByRole("button", { name: "Post", exact: true }).first().click();
  await page.getByText(/was not sent, and is a draft again/).waitFor();
  await page.unroute("**/v1/posts");
  await page.getByRole("button", { name: "Post", exact: true }).first().click();
  await reader.sent("sent twice");
  expect(await page.getByText(/was not sent/).count()).toBe(0);
});
