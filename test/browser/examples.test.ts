/** The examples for browsers, in Chromium, each served from an origin of its own. */
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server as HttpServer } from "node:http";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildClient } from "../../client/package.ts";
import { orThrow, SkeinAdministration } from "../../client/src/skein-client.ts";
import { launchChromium } from "../../scripts/browser/chromium.ts";
import { freePort } from "../../scripts/dev/port.ts";
import { ROOT } from "../../scripts/project.ts";
import { PATIENCE_MS } from "../eventually.ts";
import { type Server, startServer } from "../outside/server.ts";
import { PASSWORD, People } from "./people.ts";

const EXAMPLES = join(ROOT, "examples");
/** More than two pages of the list. */
const POSTS = 45;

let folder: string;
let files: HttpServer;
let origin: string;
let skein: Server;
let browser: Browser;
let loginPort: number;

/** Serves the built examples and the client, as any host of files does. */
async function serve(): Promise<void> {
  files = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://files").pathname;
    void readFile(join(folder, path.endsWith("/") ? `${path}index.html` : path)).then(
      (content) => {
        const type = path.endsWith(".js") ? "text/javascript" : "text/html";
        response.writeHead(200, { "content-type": type }).end(content);
      },
      () => response.writeHead(404).end(),
    );
  }).listen(0, "127.0.0.1");
  await once(files, "listening");
  const address = files.address();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  origin = `http://127.0.0.1:${address.port}`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "skein-examples-"));
  await buildClient();
  await buildClient(join(folder, "page"));
  await copyFile(join(EXAMPLES, "page/index.html"), join(folder, "page/index.html"));
  await build({
    root: join(EXAMPLES, "react"),
    base: "/react/",
    configFile: false,
    logLevel: "warn",
    build: { outDir: join(folder, "react"), emptyOutDir: true },
  });
  await serve();
  loginPort = await freePort();
  const login = `http://localhost:${loginPort}`;
  const issuer = { issuer: login, audience: "skein", jwks: `${login}/jwks.json` };
  skein = await startServer({
    ALLOWED_ORIGINS: `self ${origin} ${login}`,
    TRUSTED_ISSUERS: JSON.stringify([issuer]),
  });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await skein.close();
  files.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(path: string): Promise<Page> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(origin + path);
  return page;
}

it("the example of a page in one file shows posts, likes and deletions as they happen", async () => {
  const people = new People(skein.url.origin);
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  const before = await people.post(ben, "before");
  const page = await open(`/page/?skein=${skein.url.origin}`);
  await page.getByLabel("Handle").fill(ada.handle);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  const entry = (text: string) => page.locator("li").filter({ hasText: `@${ben.handle}: ${text}` });
  await entry("before").waitFor();
  const live = await people.post(ben, "live");
  await entry("live").waitFor();
  await people.like(ben, before);
  await entry("before").getByText("♥ 1").waitFor();
  await ben.skein.deletePost(live.id);
  await entry("live").waitFor({ state: "detached" });
  await page.getByLabel("Text").fill("my own");
  await page.getByRole("button", { name: "Post" }).click();
  await page.locator("li", { hasText: "my own" }).waitFor();
  expect(await page.locator("li").count()).toBe(2);
});

it("the example of a list in React reads on at its end, and shows live posts and counts", async () => {
  const people = new People(skein.url.origin);
  const [ada, ben] = await people.friends("Ada", "Ben");
  if (ada === undefined || ben === undefined) throw new Error("nobody joined");
  await people.posts(ben, POSTS, (n) => `number ${n}`);
  const query = `skein=${skein.url.origin}#token=${ada.token}`;
  const page = await open(`/react/?${query}`);
  const texts = () => page.locator("article .text").allTextContents();
  await page.locator("article").first().waitFor();
  expect((await texts()).length).toBeLessThan(POSTS);
  for (let n = 0; (await page.getByText("That is all.").count()) === 0 && n < 50; n++) {
    await page.mouse.wheel(0, 5_000);
    await page.waitForTimeout(100);
  }
  expect(new Set(await texts()).size).toBe(POSTS);
  expect(await texts()).toHaveLength(POSTS);
  const live = await people.post(ben, "live");
  const first = page.locator("article").first();
  await first.getByText("live", { exact: true }).waitFor();
  const { items } = await people.timeline(ada);
  const newest = items.find(({ post }) => post.id !== live.id)?.post;
  if (newest === undefined) throw new Error("there is no other post");
  await people.like(ben, newest);
  await page.locator("article", { hasText: newest.text }).getByText("♥ 1").waitFor();
});

it("the example of an app with its own login shows a person's history in ranked order, and reads on", async () => {
  const own = { PORT: String(loginPort), PEOPLE_COUNT: "40", SKEIN_URL: skein.url.origin };
  const env = { ...process.env, ...own };
  const example = join(EXAMPLES, "existing-login");
  const history = await execa(process.execPath, [join(example, "history.ts")], { env });
  const token = skein.adminToken;
  const administration = new SkeinAdministration({ url: skein.url, token });
  orThrow(await administration.importLines(history.stdout.split("\n")));
  const login = spawn(process.execPath, [join(example, "login.ts")], {
    env: { ...env, ADMIN_TOKEN: token },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    for await (const line of createInterface({ input: login.stdout })) {
      if (line.startsWith("the login is at")) break;
    }
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    await page.goto(`http://localhost:${loginPort}/?skein=${skein.url.origin}`);
    await page.getByLabel("Email").fill("ada@example.com");
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Wrong email or password.").waitFor();
    await page.getByLabel("Password").fill("lovelace");
    await page.getByRole("button", { name: "Sign in" }).click();
    const entries = page.locator("li");
    await entries.nth(19).waitFor();
    // The model gives a reason for each ranked post.
    expect(await entries.first().locator("span").getAttribute("title")).not.toBe("");
    await page.getByRole("button", { name: "More" }).click();
    await entries.nth(39).waitFor();
    const like = entries.first().getByRole("button");
    const before = Number(/\d+/.exec((await like.textContent()) ?? "")?.[0]);
    await like.click();
    await entries
      .first()
      .getByText(`♥ ${before + 1}`)
      .waitFor();
  } finally {
    login.kill();
  }
});
