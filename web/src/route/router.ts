/** Addresses of the page, over the History API. */
import { parsePath, pathOf, type Route } from "./route.ts";
import { createStore } from "../state/store.ts";

/** One entry of the history. */
export interface Place {
  readonly route: Route;
  /** Distinguishes visits of the same address. */
  readonly visit: string;
  /** How far the reader had scrolled, in CSS pixels; 0 on a first visit. */
  readonly scrollTop: number;
}

/** The storage key of the order that the reader chose last; the page opens with it. */
const ORDER_KEY = "skein.order";

const scrollTops = new Map<string, number>();

function visitOf(state: unknown, route: Route): string {
  if (typeof state === "object" && state !== null && "visit" in state) return String(state.visit);
  const visit = crypto.randomUUID();
  history.replaceState({ visit }, "", pathOf(route) ?? undefined);
  return visit;
}

function rememberedOrder(): string | null {
  try {
    return localStorage.getItem(ORDER_KEY);
  } catch {
    return null; // storage is off
  }
}

/** The address of the home timeline in the order that the reader chose last. */
export function homePath(): string {
  return rememberedOrder() === "latest" ? "/latest" : "/";
}

function rememberOrder(route: Route): void {
  if (route.name !== "home") return;
  try {
    localStorage.setItem(ORDER_KEY, route.order);
  } catch {
    // Without storage every visit begins with the address's order.
  }
}

function currentPlace(): Place {
  const route = parsePath(location.pathname);
  const visit = visitOf(history.state, route);
  return { route, visit, scrollTop: scrollTops.get(visit) ?? 0 };
}

function firstPlace(): Place {
  // Only for an address that was typed or bookmarked: going back and reloading have a state.
  if (location.pathname === "/" && history.state === null)
    history.replaceState(null, "", homePath());
  return currentPlace();
}

/** The current visit. */
export const place = createStore<Place>(firstPlace());

/** Opens a path of this page; the current path opens again from the top. */
export function go(path: string): void {
  const state = { visit: crypto.randomUUID() };
  if (pathOf(place.get().route) === path) history.replaceState(state, "", path);
  else history.pushState(state, "", path);
  const next = currentPlace();
  rememberOrder(next.route);
  place.set(next);
}

function onClick(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (link === null || link.target !== "" || link.origin !== location.origin) return;
  if (link.hash !== "" || parsePath(link.pathname).name === "missing") return;
  event.preventDefault();
  go(link.pathname);
}

/** Follows links within the page, and back and forward. */
export function startRouter(): void {
  history.scrollRestoration = "manual";
  addEventListener("click", onClick);
  addEventListener("popstate", () => place.set(currentPlace()));
  addEventListener("scroll", () => scrollTops.set(place.get().visit, scrollY), { passive: true });
}
