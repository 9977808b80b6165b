import { createServer, type IncomingHttpHeaders } from "node:http";
import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { administrationAt, skeinAt } from "./clients.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The headers of a call that each client makes. */
async function headersOf(): Promise<IncomingHttpHeaders[]> {
  const seen: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    seen.push(headers);
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port is free");
  const url = `http://127.0.0.1:${address.port}`;
  await skeinAt(url).readHealth();
  await administrationAt(url, "secret").readFigures();
  server.closeAllConnections();
  server.close();
  return seen;
}

const ACCESS = { "cf-access-client-id": "an id", "cf-access-client-secret": "a secret" };

test("calls of scripts carry the service token of Access that the environment has", async () => {
  vi.stubEnv("CF_ACCESS_CLIENT_ID", "an id");
  vi.stubEnv("CF_ACCESS_CLIENT_SECRET", "a secret");
  const [ofNobody, ofAdministrator] = await headersOf();
  expect(ofNobody).toMatchObject(ACCESS);
  expect(ofAdministrator).toMatchObject({ ...ACCESS, authorization: "Bearer secret" });
});

test("calls of scripts carry no header of Access without a service token", async () => {
  for (const headers of await headersOf()) {
    expect(Object.keys(headers).filter((name) => name.startsWith("cf-access"))).toEqual([]);
  }
});
