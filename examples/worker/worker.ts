/**
 * A shop's Worker that posts for its users: each order becomes a post of who ordered. It calls Skein by a
 * service binding, so no request leaves Cloudflare.
 */
import { Skein, SkeinAdministration } from "skein-client";

interface Env {
  /** The Skein of the same Cloudflare account. */
  SKEIN: { fetch(request: Request): Promise<Response> };
  ADMIN_TOKEN: string;
}

interface Order {
  id: string;
  /** The handle of who ordered. */
  customer: string;
  what: string;
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const order: Order = await request.json();
    // The binding decides where a request goes; the host of its address is never looked up.
    const settings = { url: "https://skein", fetch: (sent: Request) => env.SKEIN.fetch(sent) };
    const administration = new SkeinAdministration({ ...settings, token: env.ADMIN_TOKEN });
    const session = await administration.mintToken(order.customer);
    if (!session.ok) return Response.json({ error: session.error.code }, { status: 502 });
    const skein = new Skein({ ...settings, token: session.value.token });
    // The key is the order's: an order that arrives twice is posted once.
    const post = await skein.createPost({ text: `I have ordered ${order.what}.` }, order.id);
    if (!post.ok) return Response.json({ error: post.error.code }, { status: 502 });
    return Response.json({ post: post.value.id });
  },
};
