/** The secrets that a Worker of Skein needs, and how each is made. */
import { randomBytes } from "node:crypto";

/** The length of the signing key: that of its hash. */
const SIGNING_KEY_BYTES = 32;
/** As hex, which a command never takes for another option, as it would a text that begins with a dash. */
const ADMIN_TOKEN_BYTES = 24;

export const SECRET_MAKERS: ReadonlyMap<string, () => string> = new Map([
  ["SIGNING_KEY", () => randomBytes(SIGNING_KEY_BYTES).toString("base64")],
  ["ADMIN_TOKEN", () => randomBytes(ADMIN_TOKEN_BYTES).toString("hex")],
]);
