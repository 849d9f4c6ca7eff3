// What is said of a component, and its bar: good but for the lumisections that are called bad.

/** The ranges in a text such as `120-340, 402`; what cannot be read is left out, and the server says so. */
export function ranges(text) {
  return [...text.matchAll(/(\d+)(?:\s*[-–]\s*(\d+))?/g)]
    .map(([, first, last]) => [Number(first), Number(last ?? first)])
    .filter(([first, last]) => first <= last)
    .sort(([a], [b]) => a - b);
}

/** Status, low statistics and bad lumisections of a component as they are typed; its bar is drawn so. */
export function whole(part) {
  const status = part.querySelector(".seg :checked")?.value ?? "";
  const low = part.querySelector("[name$='.low']").checked;
  const bar = part.querySelector("ls-bar.component");
  if (!bar) return { part, status, low, bad: [] };
  const [first, last] = [Number(bar.dataset.first), Number(bar.dataset.last)];
  const typed = ranges(part.querySelector("[name$='.lumis']").value).map(([a, b]) => [Math.max(a, first), Math.min(b, last)]);
  const state = status ? (low && status === "BAD" ? "good" : status.toLowerCase()) : "notset";
  const segments = [[first, last, state, low ? "low statistics" : ""]];
  // what the rules say stands under GOOD, and what is typed stands above both
  if (state === "good") for (const left of JSON.parse(part.dataset.left ?? "[]")) lay(segments, left);
  for (const [from, to] of typed) if (from <= to) lay(segments, [from, to, "bad", "typed as bad"]);
  const json = JSON.stringify(segments);
  if (bar.dataset.segments !== json) bar.dataset.segments = json;
  const bad = segments.filter(([, , is]) => is === "bad").flatMap(([from, to]) => range(from, to));
  return { part, status, low, bad };
}

/** Put a segment over those that are there, which keep what it does not cover. */
function lay(segments, [from, to, state, text]) {
  const rest = segments.flatMap(([first, last, ...told]) => [
    [first, Math.min(last, from - 1), ...told],
    [Math.max(first, to + 1), last, ...told],
  ]);
  const kept = rest.filter(([first, last]) => first <= last);
  segments.splice(0, segments.length, ...[...kept, [from, to, state, text]].sort(([a], [b]) => a - b));
}

function range(first, last) {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
