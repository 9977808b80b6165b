/** Drafts: texts that this device keeps until the server has accepted them. */
import { createStore, type Store } from "./store.ts";

/** A text and its idempotency key, which changes with the text. */
export interface Draft {
  readonly text: string;
  readonly key: string;
}

/** A draft, and the sent text that has no answer yet. */
interface Kept extends Draft {
  readonly sending: Draft | null;
}

const EMPTY = { text: "", sending: null };

/** The drafts that this page has opened, by their storage keys. */
const drafts = new Map<string, Store<Kept>>();

function newKey(): string {
  return crypto.randomUUID();
}

function asDraft(saved: unknown): Draft | null {
  if (typeof saved !== "object" || saved === null) return null;
  if (!("text" in saved && "key" in saved)) return null;
  return { text: String(saved.text), key: String(saved.key) };
}

/** Joins a sent text and the text written since. The key stays if nothing was added. */
export function merged(sending: Draft, since: Draft): Draft {
  if (since.text.trim() === "") return sending;
  return { text: `${sending.text}\n\n${since.text}`, key: since.key };
}

/** A stored draft; a sent text without an answer comes back with its key. Null if it is invalid. */
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
    return null; // storage is off, or an older page wrote something else
  }
}

function store(place: string, { text, key, sending }: Kept): void {
  try {
    if (text === "" && sending === null) localStorage.removeItem(place);
    else localStorage.setItem(place, JSON.stringify({ text, key, sending }));
  } catch {
    // Without storage the draft lasts until the page is closed.
  }
}

/** An account's draft of a post, or of a reply to one post. */
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

  /** Empties the draft. @returns its text, which stays stored until the answer */
  send(): Draft {
    const { text, key } = this.state.get();
    this.#keep({ ...EMPTY, key: newKey(), sending: { text, key } });
    return { text, key };
  }

  /** The server has accepted the text. */
  taken(sent: Draft): void {
    const now = this.state.get();
    // The reader may have sent a second text meanwhile.
    if (now.sending?.key === sent.key) this.#keep({ ...now, sending: null });
  }

  /** The server has refused the text: it comes back, before the text written since. */
  refused(sent: Draft, underNewKey: boolean): void {
    const { text, key } = merged(sent, this.state.get());
    this.#keep({ text, key: underNewKey ? newKey() : key, sending: null });
  }

  #keep(next: Kept): void {
    this.state.set(next);
    store(this.#place, next);
  }
}
