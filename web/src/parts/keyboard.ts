/** One-key commands. They act on the post with the focus, or else on the first post in view. */
import { write } from "../state/open-composer.ts";
import { go, homePath } from "../route/router.ts";
import { session } from "../state/session.ts";
import { createStore } from "../state/store.ts";

/** Whether the list of commands is open. */
export const helpOpen = createStore(false);

/** The storage key: readers whose tools use single keys can switch the commands off. */
const OFF_KEY = "skein.keys-off";
/** How soon a key follows `g`. */
const GO_WITHIN_MS = 1_500;
let goingSinceMs = Number.NEGATIVE_INFINITY;
/** The bar at the top of a narrow page. */
const BAR_PX = 56;

function storedOff(): boolean {
  try {
    return localStorage.getItem(OFF_KEY) !== null;
  } catch {
    return false; // storage is off
  }
}

/** Whether one-key commands work. */
export const keysOn = createStore(!storedOff());

/** Switches one-key commands, on this device. */
export function switchKeys(on: boolean): void {
  keysOn.set(on);
  try {
    if (on) localStorage.removeItem(OFF_KEY);
    else localStorage.setItem(OFF_KEY, "1");
  } catch {
    // Without storage the choice lasts until the page is closed.
  }
}

/** The posts that the page draws, from the top. */
function articles(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("main article")];
}

function isInView(element: Element): boolean {
  const { top, bottom } = element.getBoundingClientRect();
  return bottom > BAR_PX && top < innerHeight;
}

function focusedArticle(all: readonly HTMLElement[]): number {
  return all.findIndex((article) => article.contains(document.activeElement));
}

function currentArticle(): HTMLElement | undefined {
  const all = articles();
  return all[focusedArticle(all)] ?? all.find(isInView);
}

/** Moves the focus to the next post (1) or the previous one (-1), and scrolls it into view. */
export function moveFocus(step: 1 | -1): boolean {
  const all = articles();
  const from = focusedArticle(all);
  const next = from === -1 ? all.find(isInView) : all[from + step];
  if (next === undefined) return false;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest", behavior: "instant" });
  return true;
}

function press(name: string): boolean {
  const button = currentArticle()?.querySelector<HTMLElement>(`[data-command="${name}"]`);
  button?.click();
  return button !== null && button !== undefined;
}

function open(): boolean {
  const focused = document.activeElement;
  // Enter belongs to a link or a button that has the focus.
  if (!(focused instanceof HTMLElement) || focused.tagName !== "ARTICLE") return false;
  const { post } = focused.dataset;
  if (post === undefined) return false;
  go(`/post/${post}`);
  return true;
}

function writePost(): boolean {
  if (session.get() === null) return false;
  write(null);
  return true;
}

function showNew(): boolean {
  const pill = document.querySelector<HTMLElement>("[data-command=new-posts]");
  pill?.click();
  return pill !== null;
}

/** Goes somewhere after the key g. */
const PLACES: Record<string, () => string | null> = {
  h: homePath,
  p: () => {
    const me = session.get()?.user.handle;
    return me === undefined ? null : `/@${me}`;
  },
};

function leaveFor(key: string): boolean {
  const path = (Object.hasOwn(PLACES, key) ? PLACES[key]?.() : null) ?? null;
  if (path !== null) go(path);
  return path !== null;
}

/** Puts the focus in the box for a handle, in view or on the page that has one. */
function find(): boolean {
  const boxes = [...document.querySelectorAll<HTMLElement>("input[name=handle]")];
  const box = boxes.find((one) => one.checkVisibility());
  if (box === undefined) go("/find");
  else box.focus();
  return true;
}

const COMMANDS: Record<string, () => boolean> = {
  j: () => moveFocus(1),
  k: () => moveFocus(-1),
  l: () => press("like"),
  t: () => press("repost"),
  r: () => press("reply"),
  n: writePost,
  "/": find,
  ".": showNew,
  Enter: open,
  "?": () => {
    helpOpen.set(true);
    return true;
  },
};

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input, textarea, select");
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]") !== null) return;
  if (!keysOn.get() && event.key !== "Enter") return;
  // `g` waits for the key that says where to.
  const isSecond = event.timeStamp - goingSinceMs < GO_WITHIN_MS;
  goingSinceMs = event.key === "g" && !isSecond ? event.timeStamp : Number.NEGATIVE_INFINITY;
  if (isSecond && leaveFor(event.key)) {
    event.preventDefault();
    return;
  }
  const command = Object.hasOwn(COMMANDS, event.key) ? COMMANDS[event.key] : undefined;
  if (command?.() === true) event.preventDefault();
}

/** Listens for as long as the page is open. */
export function startKeyboard(): void {
  addEventListener("keydown", onKeyDown);
}
