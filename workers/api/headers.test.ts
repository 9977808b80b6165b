import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { World } from "../../test/workerd/world.ts";
import { createApp } from "./app.ts";

describe("every answer", () => {
  const world = new World();
  const send = (method: string, path: string, headers: Record<string, string> = {}) =>
    createApp().fetch(new Request(`http://skein.test${path}`, { method, headers }), world.env);

  const assets = (status: number) => ({
    fetch: () =>
      Promise.resolve(
        new Response(status === 200 ? "<html>" : null, {
          status,
          headers: { "cache-control": "public, max-age=0" },
        }),
      ),
  });

  it.each([
    ["GET", "/healthz", 200],
    ["GET", "/openapi.json", 200],
    ["GET", "/v1/users/@nobody", 404],
    ["GET", "/v1/me", 401],
    ["POST", "/v1/sessions", 400],
    ["OPTIONS", "/v1/posts", 204],
    ["GET", "/v1/nowhere", 404],
    ["GET", "/metrics", 401],
    ["GET", "/v1/admin/figures", 401],
  ])("of the API is kept and guessed by nobody: %s %s", async (method, path, status) => {
    const { headers, ...answer } = await send(method, path);
    expect(answer.status ?? (await send(method, path)).status).toBe(status);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("strict-transport-security")).toMatch(/^max-age=\d{8}/);
    expect(headers.get("referrer-policy")).toBe("same-origin");
  });

  it("that carries data of an account, or a failure, may not be stored either", async () => {
    const ada = await world.account();
    for (const path of ["/v1/timeline", "/v1/me", `/v1/users/${ada.user.id}`]) {
      const { status, headers } = await world.call("GET", path, ada);
      expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    }
    const broken = { ...world.env, DB_0: undefined, DB_1: undefined, ADMIN_TOKEN: "short" };
    const failed = await createApp().fetch(new Request("http://skein.test/v1/me"), broken);
    expect([failed.status, failed.headers.get("cache-control")]).toEqual([500, "no-store"]);
  });

  it("that is a file of the page keeps what the file says of its cache", async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that the page needs of the binding
    const ASSETS = assets(200) as unknown as Fetcher;
    const page = await createApp().fetch(new Request("http://skein.test/"), { ...env, ASSETS });
    expect(page.headers.get("cache-control")).toBe("public, max-age=0");
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    expect(page.headers.get("referrer-policy")).toBe("same-origin");
  });
});
