/** Profile pictures on hosts that the operator has named: the built Worker, its page and its API. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { orThrow, Skein, SkeinAdministration } from "../../client/src/skein-client.ts";
import { type Server, startServer } from "./server.ts";

const POLICY = "content-security-policy";
const HOSTS = ["https://images.example", "https://*.cdn.example"];

let server: Server;
beforeAll(async () => {
  server = await startServer({ IMAGE_HOSTS: "images.example *.cdn.example" });
});
afterAll(() => server.close());

/** The sources of a policy, by directive. */
function directivesOf(policy: string): Map<string, string[]> {
  return new Map(
    policy.split(";").map((directive): [string, string[]] => {
      const [name = "", ...sources] = directive.trim().split(/\s+/);
      return [name, sources];
    }),
  );
}

it.each(["/", "/@somebody", "/docs/"])(
  "%s may load pictures from exactly the hosts of IMAGE_HOSTS, and its policy is otherwise that of the file",
  async (path) => {
    const headers = await readFile(new URL("../../web/public/_headers", import.meta.url), "utf8");
    const [ofPage = "", ofDocs = ""] = [
      ...headers.matchAll(/^ {2}Content-Security-Policy: (.*)$/gm),
    ].map(([, policy]) => policy);
    const wanted = directivesOf(path === "/docs/" ? ofDocs : ofPage);
    expect(wanted.get("img-src")).toEqual(["'self'", "data:"]);
    wanted.set("img-src", ["'self'", "data:", ...HOSTS]);
    const answer = await fetch(new URL(path, server.url), { headers: { accept: "text/html" } });
    await answer.body?.cancel();
    expect(answer.status).toBe(200);
    expect(directivesOf(answer.headers.get(POLICY) ?? "")).toEqual(wanted);
  },
);

it("a picture on a host of IMAGE_HOSTS is taken and shown, and one on another host refused", async () => {
  const settings = { url: server.url, fetch: server.send };
  const administration = new SkeinAdministration({ ...settings, token: server.adminToken });
  await server.importLines([{ user: { handle: "ada" } }]);
  const skein = new Skein({
    ...settings,
    token: orThrow(await administration.mintToken("ada")).token,
  });
  const avatarUrl = "https://a.cdn.example/ada.png";
  orThrow(await skein.changeMe({ avatarUrl }));
  for (const elsewhere of ["https://evil.example/ada.png", "http://images.example/ada.png"]) {
    const refused = await skein.changeMe({ avatarUrl: elsewhere });
    expect(refused).toMatchObject({ ok: false, error: { code: "invalid_request" } });
  }
  const { author } = orThrow(await skein.createPost({ text: "With a picture." }));
  expect(author.avatarUrl).toBe(avatarUrl);
});
