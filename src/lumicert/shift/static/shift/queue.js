// The queue: picked runs stay picked while the page follows what happens, and n goes to the next run.

const picked = new Set();
const rows = document.getElementById("queue-rows");

function tell() {
  const told = document.querySelector("[data-picked]");
  const button = document.querySelector("[data-bulk]");
  if (!told || !button) return;
  const of = new Set([...picked].map((each) => each.split(" ")[1]));
  button.disabled = picked.size === 0 || of.size > 1;
  if (of.size > 1) told.textContent = `One form takes one reconstruction; you picked ${[...of].join(" and ")}.`;
  else told.textContent = picked.size ? `${picked.size} picked` : "Pick runs of cosmics of one reconstruction.";
}

document.addEventListener("change", ({ target }) => {
  if (target.name !== "pick") return;
  if (target.checked) picked.add(target.value);
  else picked.delete(target.value);
  tell();
});

// a row that is told anew comes with an empty box; one that is gone is not picked any more
function again() {
  const boxes = [...document.querySelectorAll("[name=pick]")];
  const there = new Set(boxes.map((box) => box.value));
  [...picked].filter((each) => !there.has(each)).forEach((each) => picked.delete(each));
  boxes.forEach((box) => (box.checked = picked.has(box.value)));
  tell();
}

if (rows) new MutationObserver(again).observe(rows, { childList: true, subtree: true });
// the browser's "back" shows boxes as they were left
window.addEventListener("pageshow", () => {
  document.querySelectorAll("[name=pick]:checked").forEach((box) => picked.add(box.value));
  tell();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "n" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select")) return;
  document.querySelector("[data-next]")?.click();
});
