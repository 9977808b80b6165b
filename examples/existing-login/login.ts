/**
 * A login that exists already, and whose users get a timeline. It brings them into Skein by an import, which
 * links each to their subject here, and signs tokens for them that Skein accepts:
 *
 *   TRUSTED_ISSUERS = '[{"issuer": "http://localhost:4000", "audience": "skein",
 *                        "jwks": "http://localhost:4000/jwks.json"}]'
 *
 * SKEIN_URL and ADMIN_TOKEN name the Skein; PORT is the login's own.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { orThrow, SkeinAdministration } from "skein-client";

const { SKEIN_URL: url = "http://localhost:8787", ADMIN_TOKEN = "", PORT = "4000" } = process.env;
const ISSUER = `http://localhost:${PORT}`;

/** The users of the login, by email, which is their subject in its tokens. */
const users = new Map([
  ["ada@example.com", { handle: "ada_l", name: "Ada", password: "lovelace" }],
  ["noor@example.com", { handle: "noor_h", name: "Noor", password: "haddad" }],
]);

/** Imports all users, which can be repeated. */
async function bringUsers(): Promise<void> {
  const administration = new SkeinAdministration({ url, token: ADMIN_TOKEN });
  const lines = [...users].map(([email, { handle, name }]) => ({
    user: { handle, name, externalId: { iss: ISSUER, sub: email } },
  }));
  const report = orThrow(await administration.importLines(lines));
  console.log(`${report.users} users imported, ${report.skipped} were there`);
}

// A real login keeps its key; a new one at every start ends all sessions.
const { publicKey, privateKey } = await generateKeyPair("ES256");
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "1", alg: "ES256", use: "sig" }] };

function tokenFor(email: string): Promise<string> {
  return new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: "1" })
    .setIssuer(ISSUER)
    .setAudience("skein")
    .setSubject(email)
    .setIssuedAt()
    .setExpirationTime("15m")
    .sign(privateKey);
}

/** The token for an email and a password as HTTP's basic authentication brings them; null if they are wrong. */
async function signIn(authorization: string | undefined): Promise<string | null> {
  const [email = "", password] = atob(authorization?.replace("Basic ", "") ?? "").split(":");
  const user = users.get(email);
  return user !== undefined && user.password === password ? tokenFor(email) : null;
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const token = request.url === "/token" ? await signIn(request.headers.authorization) : null;
  response.setHeader("content-type", "application/json");
  if (request.url === "/jwks.json") response.end(JSON.stringify(jwks));
  else response.writeHead(token === null ? 401 : 200).end(JSON.stringify({ token }));
}

await bringUsers();
const server = createServer((request, response) => void answer(request, response));
server.listen(Number(PORT), () => console.log(`the login is at ${ISSUER}`));
