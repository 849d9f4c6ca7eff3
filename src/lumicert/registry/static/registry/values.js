// Typing a value in place: its panel opens under it, and closes without a trace.

document.addEventListener("click", (event) => {
  const closed = event.target.closest("[data-close]")?.closest(".fact-detail");
  if (closed) return close(closed);
  // the same dots that opened a panel close it
  const opener = event.target.closest("a.more[hx-get]");
  const panel = opener && document.querySelector(opener.getAttribute("hx-target"));
  if (!panel?.hasChildNodes()) return undefined;
  event.preventDefault();
  event.stopImmediatePropagation();
  return close(panel);
}, true);

document.addEventListener("htmx:afterSettle", ({ target }) => {
  const panel = target.closest?.(".fact-detail, .value-panel");
  panel?.querySelector("[name=value]")?.focus();
});

function close(panel) {
  panel.replaceChildren();
  panel.previousElementSibling?.querySelector("a.more")?.focus();
}
