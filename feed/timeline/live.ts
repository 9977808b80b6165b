/** The attachment of a live socket, which survives hibernation. */
import { z } from "zod";

/** A socket's attachment. One with an unknown version closes the socket, and the client reconnects. */
export const attachmentSchema = z.object({
  v: z.literal(1),
  /** When the socket is closed at the latest, in milliseconds since 1970. */
  expiresAtMs: z.number(),
  /** The session of the token that opened it, and when the token was made; absent in those of earlier versions. */
  session: z.string().optional(),
  issuedMs: z.number().optional(),
});
export type Attachment = z.infer<typeof attachmentSchema>;

/** The headers in which the edge passes a checked upgrade's data to the home timeline. */
export const LIVE_EXPIRES_HEADER = "x-skein-expires-at-ms";
export const LIVE_SESSION_HEADER = "x-skein-session";
export const LIVE_ISSUED_HEADER = "x-skein-issued-ms";
/** The ticket that opens the socket, if one does. */
export const LIVE_TICKET_HEADER = "x-skein-ticket";
export const LIVE_SINCE_HEADER = "x-skein-since";
/** The header in which it passes the region of the client. */
export const LIVE_REGION_HEADER = "x-skein-region";
