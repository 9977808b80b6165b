/** What a live socket carries with it through hibernation. */
import { z } from "zod";

/** The attachment of a socket; a version that is not known closes it, and the client comes back. */
export const attachmentSchema = z.object({
  v: z.literal(1),
  /** When the token that opened the socket expires. */
  expiresAtMs: z.number(),
});
export type Attachment = z.infer<typeof attachmentSchema>;

/** Headers by which the edge tells a home timeline about an upgrade that it has checked. */
export const LIVE_EXPIRES_HEADER = "x-skein-expires-at-ms";
export const LIVE_SINCE_HEADER = "x-skein-since";
