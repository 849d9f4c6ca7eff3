// The leader's desk: letters act on what carries them as data-key, x chooses the row that has the focus.

const isTyping = ({ target }) => target.closest("input:not([type=checkbox]), textarea, select") !== null;

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && isTyping(event)) event.target.blur();
  if (isTyping(event)) return;
  if (event.key === "x") choose(event);
  else press(event);
});

function press(event) {
  const wanted = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("textarea")) wanted.focus();
  else wanted.click();
}

function choose(event) {
  const box = event.target.closest("tr")?.querySelector("input[type=checkbox]");
  if (box) box.checked = !box.checked;
}

const all = document.querySelector("[data-choose-all]");
if (all) {
  all.hidden = false;
  all.addEventListener("click", () => {
    const boxes = [...document.querySelectorAll("input[name=chosen]")];
    const on = boxes.some((box) => !box.checked);
    boxes.forEach((box) => (box.checked = on));
  });
}

document.getElementById("conflict")?.focus();
