/** Texts that are being written, kept on this device until the server has taken them. */
import { createStore, type Store } from "./store.ts";

/** A text and the idempotency key under which it is sent: the same until the text changes. */
export interface Draft {
  readonly text: string;
  readonly key: string;
}

/** A draft with what was sent of it and is not answered yet. */
interface Kept extends Draft {
  readonly sending: Draft | null;
}

const EMPTY = { text: "", sending: null };

/** The drafts that were looked at, by where they are stored. */
const drafts = new Map<string, Store<Kept>>();

function newKey(): string {
  return crypto.randomUUID();
}

function asDraft(saved: unknown): Draft | null {
  if (typeof saved !== "object" || saved === null) return null;
  if (!("text" in saved && "key" in saved)) return null;
  return { text: String(saved.text), key: String(saved.key) };
}

/** What is sent and what was written since, as one text; the key stays if nothing was added. */
export function merged(sending: Draft, since: Draft): Draft {
  if (since.text.trim() === "") return sending;
  return { text: `${sending.text}\n\n${since.text}`, key: since.key };
}

/** What a draft begins with: a text that was never answered comes back with its key. */
export function restored(saved: unknown): Draft | null {
  const draft = asDraft(saved);
  if (draft === null) return null;
  const sending =
    typeof saved === "object" && saved !== null && "sending" in saved
      ? asDraft(saved.sending)
      : null;
  return sending === null ? draft : merged(sending, draft);
}

function storageKey(userId: string, replyTo: string | null): string {
  return `skein.draft.${userId}.${replyTo ?? "home"}`;
}

function stored(place: string): Draft | null {
  try {
    return restored(JSON.parse(localStorage.getItem(place) ?? "null"));
  } catch {
    return null; // storage is off, or holds something older than this page
  }
}

function store(place: string, { text, key, sending }: Kept): void {
  try {
    if (text === "" && sending === null) localStorage.removeItem(place);
    else localStorage.setItem(place, JSON.stringify({ text, key, sending }));
  } catch {
    // Without storage a draft lasts as long as the page.
  }
}

/** The draft of one account for a post of its own, or for a reply. */
export class DraftBox {
  readonly state: Store<Kept>;
  readonly #place: string;

  constructor(userId: string, replyTo: string | null) {
    this.#place = storageKey(userId, replyTo);
    const known = drafts.get(this.#place);
    const begun = known ?? createStore<Kept>({ ...EMPTY, key: newKey(), ...stored(this.#place) });
    drafts.set(this.#place, begun);
    this.state = begun;
  }

  write(text: string): void {
    this.#keep({ ...this.state.get(), text, key: newKey() });
  }

  /** Empties the draft and hands over what was in it, which stays stored until it is answered. */
  send(): Draft {
    const { text, key } = this.state.get();
    this.#keep({ ...EMPTY, key: newKey(), sending: { text, key } });
    return { text, key };
  }

  /** The server has taken it. */
  taken(sent: Draft): void {
    const now = this.state.get();
    // A second one may be on its way already.
    if (now.sending?.key === sent.key) this.#keep({ ...now, sending: null });
  }

  /** The server has not: it comes back, before what was written since. */
  refused(sent: Draft, underNewKey: boolean): void {
    const { text, key } = merged(sent, this.state.get());
    this.#keep({ text, key: underNewKey ? newKey() : key, sending: null });
  }

  #keep(next: Kept): void {
    this.state.set(next);
    store(this.#place, next);
  }
}
