// The page of a run: a bar leads the form, the form leads the bar, the slider leads to the past.
// Everything listens on the document, because htmx replaces the content when a form was sent.

const byId = (id) => document.getElementById(id);
const range = (first, last) => (first === last ? String(first) : `${first}-${last}`);

// ---- bar -> form ----

let fromBar = "";

document.addEventListener("ls-select", ({ target, detail: { first, last } }) => {
  const lumis = byId("id_lumis");
  if (!lumis || !target.matches("ls-bar.component")) return;
  byId("id_component").value = target.dataset.component;
  const kept = lumis.value.trim().endsWith(",") ? lumis.value.trim() : keptBefore(lumis.value);
  fromBar = range(first, last);
  lumis.value = kept ? `${kept} ${fromBar}` : fromBar;
  lumis.classList.remove("is-invalid");
  forgetOthers(target);
});

/** What stands before the last range that came from a bar: while dragging goes on, only that one is replaced. */
function keptBefore(text) {
  return fromBar && text.endsWith(`, ${fromBar}`) ? text.slice(0, -fromBar.length).trim() : "";
}

document.addEventListener("ls-clear", ({ target }) => {
  const lumis = byId("id_lumis");
  if (lumis && target.matches("ls-bar.component") && lumis.value === fromBar) lumis.value = fromBar = "";
});

document.addEventListener("ls-open", ({ target }) => {
  if (!target.matches("ls-bar.component")) return;
  const chosen = document.querySelector("#mark-form [name=status]:checked");
  (chosen ?? document.querySelector("#mark-form [name=status]"))?.focus({ preventScroll: false });
});

function forgetOthers(bar) {
  document.querySelectorAll("ls-bar.component").forEach((other) => {
    if (other !== bar && other.selection) other.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  });
}

// ---- form -> bar ----

document.addEventListener("input", ({ target }) => {
  if (target.id !== "id_lumis" && target.id !== "id_component") return;
  const [, first, last] = byId("id_lumis").value.trim().match(/^(\d+)(?:\s*[-–]\s*(\d+))?$/) ?? [];
  const bar = document.querySelector(`ls-bar.component[data-component="${CSS.escape(byId("id_component").value)}"]`);
  if (first && bar) bar.select(Number(first), Number(last ?? first));
});

// ---- as of ----

function prepareSlider() {
  const box = document.querySelector(".as-of");
  const slider = byId("as-of");
  if (!box || !slider.disabled) return;
  const stops = JSON.parse(box.dataset.stops);
  const at = Number(box.dataset.at);
  // the last place of the slider is now
  const place = at ? stops.findLastIndex(([seq]) => seq <= at) : stops.length;
  slider.value = String(Math.max(0, place));
  slider.disabled = false;
  const read = () => {
    const stop = stops[Number(slider.value)];
    box.querySelector("output").textContent = stop ? `event ${stop[0]}, ${stop[1]}` : "now";
    slider.setAttribute("aria-valuetext", box.querySelector("output").textContent);
  };
  slider.addEventListener("input", read);
  slider.addEventListener("change", () => {
    const stop = stops[Number(slider.value)];
    location.assign(stop ? `${box.dataset.address}&at=${stop[0]}` : box.dataset.address);
  });
  read();
}

// ---- after a form was sent: what has to be seen is brought into view ----

document.addEventListener("htmx:afterSettle", () => {
  fromBar = "";
  prepareSlider();
  const found = document.querySelector("#conflict, #content .is-invalid, #messages .notice");
  if (!found) return;
  found.focus({ preventScroll: true });
  found.scrollIntoView({ block: "nearest" });
});

prepareSlider();
