/** Issuers of tokens that Skein trusts besides itself. */
import { z } from "zod";

/** The name of Skein itself as an issuer, which no other one may have. */
export const OWN_ISSUER = "skein";

/** Whether an address is https, or on this machine, as an issuer in development is. */
function isTrustworthyAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol === "https:") return true;
  return protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
}

const addressSchema = z
  .string()
  .refine(isTrustworthyAddress, "an https address, or http on this machine");

export const trustedIssuerSchema = z.strictObject({
  /** The `iss` of the tokens. */
  issuer: addressSchema,
  /** The `aud` they must carry. */
  audience: z.string().min(1),
  /** The URL of the key set that the issuer publishes. */
  jwks: addressSchema,
  /** Whether a subject without an account gets one at its first token. */
  signUp: z.boolean().default(false),
});
export type TrustedIssuer = z.infer<typeof trustedIssuerSchema>;
