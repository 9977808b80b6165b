/** The box over the page in which a post or a reply is written without leaving one's place. */
import { createStore } from "./store.ts";

/** What is written in it: a reply to the post of that id, or a post; null while it is closed. */
export const composer = createStore<{ readonly replyTo: string | null } | null>(null);
