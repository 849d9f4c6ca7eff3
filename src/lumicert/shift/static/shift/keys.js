// The keys of the certification form. They are letters of what they do, and rest while text is being typed.

const STATUSES = { g: "GOOD", b: "BAD", x: "EXCLUDED" };
const TEXT = "textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=hidden])";

/** Handles a key press for the form `desk`; what is not ours goes on to the browser. */
export function onKey(desk, event) {
  if (event.defaultPrevented) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return taken(event, () => submit(desk));
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const picker = desk.querySelector("#references");
  if (event.target.matches("[data-filter]") && (event.key === "Enter" || event.key === "ArrowDown")) {
    return taken(event, () => firstReference(picker));
  }
  const chosen = event.key === "Enter" && event.target.matches("[name=reference]");
  if (picker?.matches(":popover-open") && (chosen || event.key === "Escape")) {
    return taken(event, () => closeReferences(picker));
  }
  if (event.target.closest?.(TEXT)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const part = event.target.closest?.(".part");
  const deed = (part && OF_PART[event.key]?.bind(null, desk, part)) || OF_FORM[event.key]?.bind(null, desk, event) || null;
  if (deed) return taken(event, deed);
  if (/^[1-9]$/.test(event.key) && desk.part(event.key)) return taken(event, () => goTo(desk.part(event.key)));
  if (event.key === " " && event.target.matches("[name=tick]")) taken(event, () => tick(desk, event.target));
}

function taken(event, deed) {
  event.preventDefault();
  deed();
}

const OF_PART = {
  g: (desk, part) => desk.say(part, STATUSES.g),
  b: (desk, part) => desk.say(part, STATUSES.b),
  x: (desk, part) => desk.say(part, STATUSES.x),
  l: (_, part) => part.querySelector("[name$='.low']").click(),
  s: (_, part) => {
    part.querySelector(".part-more").open = true;
    part.querySelector("[name$='.lumis']")?.focus();
  },
  Escape: (_, part) => {
    part.blur();
    document.activeElement.blur();
  },
};

const OF_FORM = {
  g: (desk) => desk.parts.forEach((part) => desk.say(part, STATUSES.g)),
  m: (desk) => choose(desk.querySelector("[name=tracker_map][value=exists]")),
  w: (desk) => desk.querySelector("[name=bad_reason]").focus(),
  o: (desk) => desk.querySelector("textarea[name=comment]").focus(),
  r: (desk) => openReferences(desk),
  c: (desk) => nextItem(desk),
  n: (desk) => desk.leave(() => location.assign(desk.dataset.next)),
  "?": () => document.getElementById("keys").togglePopover(),
};

function submit(desk) {
  const button = desk.querySelector("button[name=then][value=next]") ?? desk.querySelector(".foot .btn-primary");
  if (!button.disabled) desk.form.requestSubmit(button);
}

function goTo(part) {
  part.focus({ preventScroll: true });
  part.scrollIntoView({ block: "nearest" });
}

function choose(radio) {
  if (!radio || radio.checked) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
}

function openReferences(desk) {
  const picker = desk.querySelector("#references");
  picker.showPopover();
  picker.querySelector("[data-filter]").focus();
}

/** At once: the browser does both a moment later, and the next key would be typed into the search. */
function closeReferences(picker) {
  picker.hidePopover();
  if (picker.contains(document.activeElement)) document.activeElement.blur();
}

function firstReference(picker) {
  const radio = picker.querySelector("tbody tr:not([hidden]) [name=reference]");
  choose(radio);
  radio?.focus();
}

/** To the first item that is not ticked behind the one that has the focus, or the first of all. */
function nextItem(desk) {
  const boxes = [...desk.querySelectorAll("[name=tick]")];
  const here = boxes.indexOf(document.activeElement);
  const open = boxes.filter((box) => !box.checked);
  const next = open.find((box) => boxes.indexOf(box) > here) ?? open[0];
  if (!next) return;
  next.closest("details").open = true;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center" });
}

function tick(desk, box) {
  box.click();
  if (box.checked) nextItem(desk);
}
