/** The examples that need no browser, each run as its reader runs it. */
import { execa } from "execa";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildClient } from "../../client/package.ts";
import {
  orThrow,
  Skein,
  SkeinAdministration,
  type Timeline,
} from "../../client/src/skein-client.ts";
import { freePort } from "../../scripts/dev/port.ts";
import { ROOT } from "../../scripts/project.ts";
import { type Server, startServer } from "./server.ts";

const EXAMPLES = join(ROOT, "examples");
const TEST_TIMEOUT_MS = 180_000;

let server: Server;
let loginPort: number;

beforeAll(async () => {
  await buildClient();
  loginPort = await freePort();
  const issuer = `http://localhost:${loginPort}`;
  const trusted = { issuer, audience: "skein", jwks: `${issuer}/jwks.json` };
  const shop = join(EXAMPLES, "worker/wrangler.toml");
  server = await startServer({ TRUSTED_ISSUERS: JSON.stringify([trusted]) }, [shop]);
});
afterAll(() => server.close());

it("the example of curl goes from sign-up to a page that shows the post", async () => {
  const script = join(EXAMPLES, "curl/sign-up-to-page.sh");
  const { stdout } = await execa("sh", [script, server.url.origin]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- other tests check it against the contract
  const { items } = JSON.parse(stdout) as Timeline;
  expect(items.map(({ post }) => post.text)).toEqual(["The first frost of the year."]);
});

it("the example of a Worker posts once for an order that arrives twice", async () => {
  const lines = [{ user: { handle: "customer_1" } }];
  await server.importLines(lines);
  const order = JSON.stringify({ id: "order-1", customer: "customer_1", what: "a lamp" });
  const send = () =>
    server.fetchFrom("shop", new Request("http://shop.test", { method: "POST", body: order }));
  const [first, second] = [await send(), await send()];
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(await first.json()).toEqual(await second.json());
  const posts = new Skein({ url: server.url }).listUserPosts("@customer_1");
  const { items } = orThrow(await posts.page());
  expect(items.map(({ post }) => post.text)).toEqual(["I have ordered a lamp."]);
});

it(
  "the example of an existing login brings its people with their history, and Skein accepts its tokens",
  async () => {
    const { url, adminToken } = server;
    const env = {
      SKEIN_URL: url.origin,
      ADMIN_TOKEN: adminToken,
      PORT: String(loginPort),
      PEOPLE_COUNT: "40",
    };
    const login = spawn(process.execPath, [join(EXAMPLES, "existing-login/login.ts")], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const said: string[] = [];
      for await (const line of createInterface({ input: login.stdout })) {
        said.push(line);
        if (line.startsWith("the login is at")) break;
      }
      expect(said[0]).toBe("40 people imported, 0 were there");
      const skein = new Skein({
        url,
        token: "an.old.token",
        refresh: async () => {
          const answer = await fetch(`http://localhost:${loginPort}/token`, {
            headers: { authorization: `Basic ${btoa("ada@example.com:lovelace")}` },
          });
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the example answers
          return ((await answer.json()) as { token: string | null }).token;
        },
      });
      expect(orThrow(await skein.readMe()).handle).toBe("ada_l");
      const { author } = orThrow(await skein.createPost({ text: "From the old login." }));
      expect(author.name).toBe("Ada");

      const history = await execa(process.execPath, [join(EXAMPLES, "existing-login/history.ts")], {
        env,
      });
      const administration = new SkeinAdministration({ url, token: adminToken });
      const report = orThrow(await administration.importLines(history.stdout.split("\n")));
      expect(report).toMatchObject({ posts: 120, errors: 0, next: null });
      const page = orThrow(await skein.readTimeline({ order: "ranked", limit: 50 }).page());
      expect(page.order).toBe("ranked");
      expect(page.items.length).toBe(50);
    } finally {
      login.kill();
    }
  },
  TEST_TIMEOUT_MS,
);
