// The editor of a checklist: its buttons act at once. Without this script they are sent, and the server does the same.

const form = document.getElementById("draft");
const groups = document.getElementById("groups");
const ACTS = { "add-group": addGroup, "add-item": addItem, remove, up: (id) => move(id, -1), down: (id) => move(id, 1) };
let newest = Math.max(0, ...[...form.querySelectorAll("[data-id]")].map(({ dataset }) => Number(dataset.id.slice(1)) || 0));
let isChanged = form.querySelector(".problems, .conflict") !== null;

const partOf = (id) => form.querySelector(`[data-id="${CSS.escape(id)}"]`);
const isItem = (part) => part.classList.contains("item");

/** A copy of a template, in which each of `ids` stands for a fresh one. */
function copyOf(template, ids) {
  const copy = document.getElementById(template).content.firstElementChild.cloneNode(true);
  for (const [from, to] of ids) {
    for (const node of [copy, ...copy.querySelectorAll("*")]) {
      for (const attribute of node.attributes) attribute.value = attribute.value.replace(from, to);
    }
  }
  return copy;
}

const freshId = () => `n${(newest += 1)}`;

function addGroup() {
  const group = copyOf("group-to-copy", [["newgroup", freshId()], ["newitem", freshId()]]);
  groups.append(group);
  group.querySelector("input:not([type=hidden])").focus();
}

function addItem(id) {
  const item = copyOf("item-to-copy", [["newgroup", id], ["newitem", freshId()]]);
  partOf(id).querySelector(".items").append(item);
  item.querySelector("textarea").focus();
}

/** Takes a part away, and leaves in its place what brings it back until the form is sent. */
function remove(id) {
  const part = partOf(id);
  const words = [...part.querySelectorAll("input:not([type=hidden]), textarea")].map(({ value }) => value.trim()).find(Boolean);
  if (!words) return part.remove();
  const bar = document.createElement("div");
  bar.className = "putback";
  const said = document.createElement("span");
  said.textContent = `Removed: ${words}`;
  const back = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm", textContent: "Put back" });
  back.addEventListener("click", () => {
    bar.replaceWith(part);
    part.querySelector("textarea, input:not([type=hidden])").focus();
    changed();
  });
  bar.append(said, back);
  part.replaceWith(bar);
  back.focus();
}

function move(id, step) {
  const part = partOf(id);
  const beside = neighbour(part, step);
  if (beside) step < 0 ? beside.before(part) : beside.after(part);
  else if (isItem(part)) moveToNextGroup(part, step);
  part.querySelector(`[name=${step < 0 ? "up" : "down"}][value="${id}"]`).focus();
}

function neighbour(part, step) {
  const next = step < 0 ? part.previousElementSibling : part.nextElementSibling;
  return next?.matches(".putback") ? neighbour(next, step) : next;
}

// an item at the edge of its group goes on into the next one
function moveToNextGroup(item, step) {
  const group = neighbour(item.closest(".group"), step);
  if (!group) return;
  item.querySelector("[name^=item-]").name = `item-${group.dataset.id}`;
  group.querySelector(".items")[step < 0 ? "append" : "prepend"](item);
}

function changed() {
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name]");
  const act = button && ACTS[button.name];
  if (!act) return;
  event.preventDefault();
  act(button.value);
  changed();
});

// in a line of text Enter would press the first button of the form
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.form === form && event.target.matches("input:not([type=checkbox])")) event.preventDefault();
});

document.addEventListener("input", ({ target }) => {
  if (target === form || target.form === form) isChanged = true;
});
form.addEventListener("submit", () => { isChanged = false; });
window.addEventListener("beforeunload", (event) => { if (isChanged) event.preventDefault(); });

partOf(form.dataset.focus ?? "")?.querySelector("textarea, input:not([type=hidden])").focus();
