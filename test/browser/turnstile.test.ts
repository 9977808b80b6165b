/** The widget of Turnstile in the page's form, with stand-ins for its script and its service. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Server, startServer } from "../outside/server.ts";
import { standIn, type StandIn } from "../outside/stand-in.ts";
import { violations } from "./axe.ts";
import { PASSWORD } from "./people.ts";
import { type Reader, useReaders } from "./readers.ts";

const open = useReaders();
const SITE_KEY = "0x4AAAAAAAbrowser";

/** As Turnstile's script: each widget gives another answer. */
const SCRIPT = `
  let widgets = 0;
  globalThis.turnstile = {
    render(place, { sitekey, callback }) {
      const answer = sitekey + " answer " + ++widgets;
      place.textContent = "You are a person";
      setTimeout(() => callback(answer), 50);
      return String(widgets);
    },
    remove() {},
  };`;

let service: StandIn;
let server: Server;
const answers: (string | null)[] = [];
beforeAll(async () => {
  // Refuses the first answer that comes, as one that has expired.
  service = await standIn((_, body, response) => {
    answers.push(new URLSearchParams(body).get("response"));
    response.end(JSON.stringify({ success: answers.length > 1 }));
  });
  server = await startServer({
    TURNSTILE_SITE_KEY: SITE_KEY,
    TURNSTILE_SECRET: "a secret",
    TURNSTILE_VERIFY_URL: service.origin,
  });
});
afterAll(async () => {
  await server.close();
  service.close();
});

async function chooseSignUp({ page }: Reader): Promise<void> {
  await page.getByRole("button", { name: "Create an account" }).click();
  const handle = `t_${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  await page.getByLabel(/^Handle/).fill(handle);
  await page.getByLabel("Password").fill(PASSWORD);
}

test("a sign-up waits for the widget, and after a refusal shows another one", async () => {
  const reader = await open({}, server.url.origin);
  const { page } = reader;
  reader.allow(/another host: https:\/\/challenges\.cloudflare\.com/);
  reader.allow(/status of 403/);
  await page.route("https://challenges.cloudflare.com/**", (route) =>
    route.fulfill({ contentType: "text/javascript", body: SCRIPT }),
  );
  await reader.go("/");
  await chooseSignUp(reader);
  await page.getByText("You are a person").waitFor();
  expect(await violations(reader)).toEqual([]);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("The check that you are a person did not pass.").waitFor();
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "New post" }).waitFor();
  expect(answers).toEqual([`${SITE_KEY} answer 1`, `${SITE_KEY} answer 2`]);
});

test("a page that cannot load the widget says so, and people can still sign in", async () => {
  const reader = await open({}, server.url.origin);
  const { page } = reader;
  reader.allow(/another host: https:\/\/challenges\.cloudflare\.com/);
  reader.allow(/ERR_FAILED/);
  await page.route("https://challenges.cloudflare.com/**", (route) => route.abort());
  await reader.go("/");
  await chooseSignUp(reader);
  await page.getByText("could not be loaded").waitFor();
  expect(await page.getByRole("button", { name: "Create account" }).isDisabled()).toBe(true);
  await page.getByRole("button", { name: "Sign in" }).click();
  expect(await page.getByRole("button", { name: "Sign in" }).isEnabled()).toBe(true);
});
