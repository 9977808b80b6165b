/** Addresses of the page, over the History API. */
import { parsePath, pathOf, type Route } from "./route.ts";
import { createStore } from "./store.ts";

/** One entry of the history. */
export interface Place {
  readonly route: Route;
  /** Tells apart visits of the same address. */
  readonly visit: string;
  /** Where the reader had scrolled to, in CSS pixels; 0 on a first visit. */
  readonly scrollTop: number;
}

const scrollTops = new Map<string, number>();

function visitOf(state: unknown, route: Route): string {
  if (typeof state === "object" && state !== null && "visit" in state) return String(state.visit);
  const visit = crypto.randomUUID();
  history.replaceState({ visit }, "", pathOf(route) ?? undefined);
  return visit;
}

function currentPlace(): Place {
  const route = parsePath(location.pathname);
  const visit = visitOf(history.state, route);
  return { route, visit, scrollTop: scrollTops.get(visit) ?? 0 };
}

/** Where the reader is. */
export const place = createStore<Place>(currentPlace());

/** Goes to a path of this page. */
export function go(path: string): void {
  history.pushState({ visit: crypto.randomUUID() }, "", path);
  place.set(currentPlace());
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
