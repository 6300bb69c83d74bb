// Enhancements only: every page works without this file.

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

// The contents list stands open beside the text on a wide screen, also where the style sheet cannot do it.
if (!CSS.supports("selector(::details-content)") && matchMedia("(min-width: 60rem)").matches)
  document.querySelectorAll(".toc details").forEach((list) => (list.open = true));
