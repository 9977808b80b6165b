/*
 * The page without a network: the files of the page are kept, and nothing of the API is, because that is
 * each reader's own. The page itself comes from the network first, so that a new version shows at once.
 */
const SHELL = "skein-shell-1";
/** Files of earlier versions stay until there are more than this. */
const FILES_MAX = 60;

async function keepShell() {
  const cache = await caches.open(SHELL);
  const page = await fetch("/", { cache: "no-store" });
  if (!page.ok) throw new Error(`the page answers ${page.status}`);
  const files = [...(await page.clone().text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)];
  await cache.put("/", page);
  await cache.addAll(files.map(([, path]) => path));
}

async function pageFromNetwork(request) {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok && new URL(request.url).pathname === "/") await cache.put("/", answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match("/");
    if (kept === undefined) throw error;
    return kept;
  }
}

/** Names of these files carry a hash of what is in them. */
async function file(request) {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const files = await cache.keys();
    for (const old of files.slice(0, Math.max(0, files.length - FILES_MAX))) {
      if (new URL(old.url).pathname !== "/") await cache.delete(old);
    }
  }
  return answer;
}

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(keepShell());
});

addEventListener("activate", (event) => {
  event.waitUntil(clients.claim());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname.startsWith("/assets/")) event.respondWith(file(request));
  else if (request.mode === "navigate" && !/^\/(v1|docs)(\/|$)/.test(pathname)) {
    event.respondWith(pageFromNetwork(request));
  }
});
