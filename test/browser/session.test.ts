/** Being signed in, and no longer so. */
import { beforeAll, expect, inject, test } from "vitest";
import { orThrow } from "../../client/src/skein-client.ts";
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
  for (const path of ["**/v1/users/*/follow", "**/v1/sessions/refresh"]) {
    await page.route(path, (route) =>
      route.fulfill({
        status: 401,
        contentType: "application/problem+json",
        body: JSON.stringify({ code: "unauthenticated", title: "", status: 401, detail: "" }),
      }),
    );
  }
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

/** Changes the saved session, as the page finds it at its next visit. */
async function changeSaved({ page }: Reader, change: string): Promise<void> {
  await page.evaluate(`{
    const saved = JSON.parse(localStorage.getItem("skein.session"));
    ${change};
    localStorage.setItem("skein.session", JSON.stringify(saved));
  }`);
}

const LONG_AGO = 'saved.expiresAt = "2020-01-01T00:00:00.000Z"; saved.token = "expired.long.ago"';

test("a page that comes back from a long sleep renews its token, in two tabs at once", async () => {
  const reader = await open();
  const { page } = reader;
  await reader.signIn(ada);
  const second = await page.context().newPage();
  await second.goto(`${reader.address}/@${ben.handle}`);
  let refreshes = 0;
  await page.context().route("**/v1/sessions/refresh", async (route) => {
    refreshes++;
    await route.continue();
  });
  // A read that is under way would renew the token in a page that is being left.
  for (const tab of [page, second]) await tab.waitForLoadState("networkidle");
  await changeSaved(reader, LONG_AGO);
  const paths = [`/@${ben.handle}`, `/@${ben.handle}`];
  await Promise.all([page, second].map((tab, n) => tab.goto(reader.address + (paths[n] ?? "/"))));
  for (const tab of [page, second]) {
    await tab.getByText("hello from Ben").first().waitFor();
    expect(await tab.getByText(ENDED).count()).toBe(0);
  }
  expect(refreshes).toBe(1);
  await reader.live();
});

test("a session that was ended elsewhere ends the page's, with its socket", async () => {
  const reader = await open();
  reader.allow(/status of 401/);
  await reader.signIn(ada);
  const { token } = await other(ada);
  orThrow(await ada.skein.as(token).endOtherSessions());
  await reader.page.getByText(ENDED).first().waitFor();
  expect(await reader.page.evaluate('localStorage.getItem("skein.session")')).toBeNull();
});

/** Another session of somebody. */
async function other(person: Person) {
  return orThrow(await person.skein.createSession({ handle: person.handle, password: PASSWORD }));
}

test("a saved session that is over says so at the next visit, on any page", async () => {
  const reader = await open();
  reader.allow(/status of 401/);
  await reader.signIn(ada);
  await changeSaved(reader, `${LONG_AGO}; delete saved.refreshToken`);
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
