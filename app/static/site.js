// Enhancements only: every page works without this file, and pages with nothing to enhance do not ask for it.

// An error summary is read first.
document.querySelector("[data-focus]")?.focus();

// A second press while the first is on its way is ignored; the server would take it calmly too.
const sent = new WeakMap();
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (Date.now() - (sent.get(event.target) ?? -Infinity) < 4000) event.preventDefault();
  else sent.set(event.target, Date.now());
});
addEventListener("pageshow", () => document.querySelectorAll("form").forEach((form) => sent.delete(form)));

// Whoever books is told, rather than left with a blank page, when the network goes.
if (document.body.dataset.offline && isSecureContext)
  addEventListener("load", () => navigator.serviceWorker?.register(document.body.dataset.offline).catch(() => {}));

// Printing has a button only where there is something to press it with.
document.querySelectorAll("[data-print]").forEach((place) => {
  place.hidden = false;
  place.addEventListener("click", () => print());
});

// How long the time is still held: shown by the minute, said at five and at one minute, and when it is over.
const hold = document.querySelector("[data-hold]");
if (hold) {
  const left = hold.querySelector("[data-left]");
  const say = hold.querySelector("[data-say]");
  let told = Infinity;
  const show = () => {
    const minutes = Math.ceil((hold.dataset.hold * 1000 - Date.now()) / 60000);
    // an offer from the list may be held over a whole night: minutes say nothing then
    left.textContent = minutes > 120 ? "" : minutes > 0 ? ` (${minutes}\u00a0min\u00a0left)` : " (over: continue, and we hold it again if it is still free)";
    for (const mark of [5, 1, 0])
      if (minutes <= mark && told > mark) {
        if (told !== Infinity) say.textContent = minutes > 0 ? `We hold your time for ${minutes} more min.` : "Your time is no longer held.";
        told = mark;
      }
    told = Math.min(told, minutes + 0.5);
  };
  show();
  setInterval(show, 10000);
}
