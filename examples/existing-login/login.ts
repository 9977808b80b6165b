/**
 * A login that exists already, and whose people get a timeline. It brings them into Skein by an import, which
 * links each to their subject here, signs tokens for them that Skein accepts, and serves a page that shows them
 * their timeline. Skein has to know it:
 *
 *   TRUSTED_ISSUERS = '[{"issuer": "http://localhost:4000", "audience": "skein",
 *                        "jwks": "http://localhost:4000/jwks.json"}]'
 *   ALLOWED_ORIGINS = "self http://localhost:4000"
 *
 * SKEIN_URL and ADMIN_TOKEN name the Skein; PORT is the login's own.
 */
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { orThrow, SkeinAdministration } from "skein-client";
import { LOGIN, PEOPLE } from "./people.ts";

const { SKEIN_URL: url = "http://localhost:8787", ADMIN_TOKEN = "" } = process.env;

/** Imports all people, which can be repeated. */
async function bringPeople(): Promise<void> {
  const administration = new SkeinAdministration({ url, token: ADMIN_TOKEN });
  const lines = [...PEOPLE].map(([email, { handle, name }]) => ({
    user: { handle, name, externalId: { iss: LOGIN, sub: email } },
  }));
  const report = orThrow(await administration.importLines(lines));
  console.log(`${report.users} people imported, ${report.skipped} were there`);
}

// A real login keeps its key; a new one at every start ends all sessions.
const { publicKey, privateKey } = await generateKeyPair("ES256");
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "1", alg: "ES256", use: "sig" }] };

function tokenFor(email: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: "1" })
    .setIssuer(LOGIN)
    .setAudience("skein")
    .setSubject(email)
    .setIssuedAt()
    .setExpirationTime("15m")
    .sign(privateKey);
}

/** The token for an email and a password as HTTP's basic authentication brings them; null if they are wrong. */
async function signIn(authorization: string | undefined): Promise<string | null> {
  const [email = "", password] = atob(authorization?.replace("Basic ", "") ?? "").split(":");
  const person = PEOPLE.get(email);
  return person !== undefined && person.password === password ? tokenFor(email) : null;
}

/** The page, and the client that it imports. */
const FILES = new Map([
  ["/", { type: "text/html", path: new URL("index.html", import.meta.url) }],
  [
    "/skein-client.js",
    { type: "text/javascript", path: fileURLToPath(import.meta.resolve("skein-client")) },
  ],
]);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", LOGIN);
  const file = FILES.get(pathname);
  if (file !== undefined) {
    response.setHeader("content-type", file.type).end(await readFile(file.path));
    return;
  }
  const token = pathname === "/token" ? await signIn(request.headers.authorization) : null;
  response.setHeader("content-type", "application/json");
  if (pathname === "/jwks.json") response.end(JSON.stringify(jwks));
  else response.writeHead(token === null ? 401 : 200).end(JSON.stringify({ token }));
}

await bringPeople();
const server = createServer((request, response) => void answer(request, response));
server.listen(Number(new URL(LOGIN).port), () => console.log(`the login is at ${LOGIN}`));
