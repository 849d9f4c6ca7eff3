// A table with filters: an address holds only what was asked for, and a further filter appears when its column is chosen.

const form = document.getElementById("filters");

/** The usual columns need no mention, nor does a filter in which nothing was typed. */
function leaveOut() {
  const boxes = [...document.querySelectorAll("input[name=col]:not(:disabled)")];
  const asBefore = boxes.every((box) => box.checked === box.defaultChecked);
  const silent = [...form.elements].filter((field) => field.name && field.value === "");
  if (asBefore && !new URLSearchParams(location.search).has("col")) silent.push(...boxes);
  silent.forEach((field) => (field.disabled = true));
  // the browser's "back" shows the form as it was left
  setTimeout(() => silent.forEach((field) => (field.disabled = false)), 0);
}

/** On a phone most filters are folded away until they are asked for; without this script all are there. */
function fold() {
  const unfold = document.createElement("button");
  Object.assign(unfold, { type: "button", className: "btn unfold", textContent: "All filters" });
  unfold.addEventListener("click", () => {
    form.classList.remove("folded");
    unfold.remove();
  });
  form.classList.add("folded");
  form.append(unfold);
}

form?.addEventListener("submit", leaveOut);
form?.elements.add?.addEventListener("change", ({ target }) => target.value && form.requestSubmit());
if (form) fold();
