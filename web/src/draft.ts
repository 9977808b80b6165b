/** Texts that are being written, kept on this device until they are posted. */

/** A text and the idempotency key under which it is sent: the same until the text changes. */
export interface Draft {
  readonly text: string;
  readonly key: string;
}

function storageKey(userId: string, replyTo: string | null): string {
  return `skein.draft.${userId}.${replyTo ?? "home"}`;
}

/** A draft of `text` with a key of its own. */
export function newDraft(text: string): Draft {
  return { text, key: crypto.randomUUID() };
}

/** The draft of an account for the timeline or for a reply; empty if there is none. */
export function storedDraft(userId: string, replyTo: string | null): Draft {
  try {
    const saved: unknown = JSON.parse(localStorage.getItem(storageKey(userId, replyTo)) ?? "null");
    if (typeof saved === "object" && saved !== null && "text" in saved && "key" in saved) {
      return { text: String(saved.text), key: String(saved.key) };
    }
  } catch {
    // Storage is off, or holds something older than this page.
  }
  return newDraft("");
}

/** Keeps a draft; an empty one is forgotten. */
export function storeDraft(userId: string, replyTo: string | null, draft: Draft): void {
  try {
    const key = storageKey(userId, replyTo);
    if (draft.text === "") localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // Without storage a draft lasts as long as the page.
  }
}
