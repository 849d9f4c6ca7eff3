// What every page does: theme, search by "/", rows by keyboard, waiting with a number, errors that are seen.

const YEAR = 365 * 24 * 3600;
const SHOW_WAIT_AFTER_MS = 500;

// ---- theme: a cookie, so that the server paints the page in it from the start ----

document.addEventListener("change", ({ target }) => {
  if (!target.matches?.("[data-theme-choice]")) return;
  document.documentElement.dataset.theme = target.value;
  document.cookie = `lumicert_theme=${target.value}; path=/; max-age=${YEAR}; samesite=lax`;
});

// ---- keyboard ----

const isTyping = ({ target }) => target.closest?.("input, textarea, select, [contenteditable]") !== null;
const ROWS = "table[data-keyboard-rows] tbody tr";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
  if (event.key === "/") focusSearch(event);
  if (event.key === "j") moveRow(event, 1);
  if (event.key === "k") moveRow(event, -1);
  if (event.key === "Enter" && event.target.matches(ROWS)) event.target.querySelector("a, button")?.click();
});

function focusSearch(event) {
  const search = document.getElementById("search");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
}

function moveRow(event, step) {
  const table = event.target.closest("table[data-keyboard-rows]") ?? document.querySelector("table[data-keyboard-rows]");
  const rows = [...(table?.tBodies[0]?.rows ?? [])];
  const current = rows.indexOf(event.target.closest("tr"));
  const next = rows[current < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, current + step))];
  if (!next) return;
  event.preventDefault();
  next.tabIndex = -1;
  next.focus();
}

// ---- waiting: any form with data-progress says how long it has been at it, and is sent once ----

const waiting = new Map();

function startWaiting(form) {
  const note = document.createElement("span");
  note.className = "elapsed";
  note.setAttribute("role", "status");
  const began = performance.now();
  const tick = () => {
    const passed = performance.now() - began;
    if (passed >= SHOW_WAIT_AFTER_MS) note.textContent = `${form.dataset.progress || "Working"}, ${Math.round(passed / 1000)} s`;
  };
  form.append(note);
  form.setAttribute("aria-busy", "true");
  waiting.set(form, { note, timer: setInterval(tick, 250) });
  // a disabled button is left out of the form's data, so it goes dead only after they were collected
  setTimeout(() => setButtons(form, waiting.has(form)), 0);
}

function stopWaiting(form) {
  const { note, timer } = waiting.get(form) ?? {};
  if (!note) return;
  clearInterval(timer);
  note.remove();
  form.removeAttribute("aria-busy");
  waiting.delete(form);
  setButtons(form, false);
}

function setButtons(form, disabled) {
  form.querySelectorAll("button:not([type=button]), input[type=submit]").forEach((button) => {
    button.disabled = disabled;
  });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("[data-progress]")) return;
  if (waiting.has(form)) event.preventDefault();
  else startWaiting(form);
});

// htmx takes a form's submit for itself, and may still ask whether it is meant: its own events tell when it is sent
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.detail.elt;
  if (!form.matches("form[data-progress]")) return;
  if (waiting.has(form)) event.preventDefault();
  else startWaiting(form);
});
document.addEventListener("htmx:afterRequest", (event) => stopWaiting(event.detail.elt));
// the browser's "back" shows the page as it was left, still waiting
window.addEventListener("pageshow", () => [...waiting.keys()].forEach(stopWaiting));

// ---- messages ----

document.addEventListener("click", ({ target }) => target.closest("[data-dismiss]")?.closest(".notice").remove());

/** Shows a message above the content; `link` is an optional [text, address]. */
export function showMessage(text, level = "info", link = null) {
  const notice = document.createElement("div");
  notice.className = `notice ${level}`;
  const words = document.createElement("span");
  words.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    [anchor.textContent, anchor.href] = link;
    words.append(" ", anchor);
  }
  const dismiss = document.createElement("button");
  Object.assign(dismiss, { type: "button", className: "dismiss", textContent: "×", ariaLabel: "Dismiss this message" });
  dismiss.dataset.dismiss = "";
  notice.append(words, dismiss);
  const region = document.getElementById("messages");
  region.querySelectorAll(".notice.error").forEach((earlier) => earlier.remove());
  region.append(notice);
  notice.scrollIntoView({ block: "nearest" });
}

// ---- errors of htmx requests ----

// a form that comes back with its mistakes marked is HTML and is shown in place; what is plain text becomes a message
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const isHtml = (detail.xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/html");
  if (detail.xhr.status >= 400 && detail.xhr.status < 500 && isHtml) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const isText = (xhr.getResponseHeader("Content-Type") ?? "").startsWith("text/plain");
  const back = encodeURIComponent(location.pathname + location.search);
  const signIn = xhr.status === 401 ? ["Sign in", `${document.body.dataset.signIn}?next=${back}`] : null;
  showMessage(isText ? xhr.responseText : `The server answered ${xhr.status} and nothing was changed here. Try again.`, "error", signIn);
});

document.addEventListener("htmx:sendError", () =>
  showMessage("The server does not answer. What you typed is still here: try again in a moment.", "error"));
document.addEventListener("htmx:timeout", () =>
  showMessage("The server took too long to answer. Check whether it happened before you try again.", "error"));

// ---- counts beside entries of the menu: what is new for this person ----

document.querySelectorAll("[data-count]").forEach(async (place) => {
  // a menu without its count is better than an error about it
  const answer = await fetch(place.dataset.count).catch(() => null);
  const count = answer?.ok ? (await answer.text()).trim() : "";
  if (!/^\d+$/.test(count)) return;
  place.textContent = count;
  place.title = place.ariaLabel = `${count} new`;
  place.hidden = false;
});
