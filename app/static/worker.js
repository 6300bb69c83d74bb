// Answers a page load that fails with the page for it. Keeps that page and its style sheet, and nothing else.
const KEPT = "offline-@version";
const PAGE = "/offline";
const SHEET = "@sheet";

addEventListener("install", (event) => {
  event.waitUntil(caches.open(KEPT).then((kept) => kept.addAll([PAGE, SHEET])));
  skipWaiting();
});

addEventListener("activate", (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name))));
  event.waitUntil(Promise.all([old, registration.navigationPreload?.enable()]));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const asked = () => Promise.resolve(event.preloadResponse).then((early) => early ?? fetch(request));
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(asked().catch(() => caches.match(PAGE)));
  else if (request.url.endsWith(SHEET)) event.respondWith(fetch(request).catch(() => caches.match(SHEET)));
});
