// <ls-timeline>: lanes of lumisections with one axis and one read-out: what every lane says of the lumisection that is
// pointed at, or that the cursor of one of its bars stands on.
//
// Attributes
//   data-first, data-last   the places at the two ends: lumisections, or, with data-runs, places in a fill
//   data-runs               JSON: [[first place, last place, run], ...]; a place is then told as its run and lumisection
// Inside: lanes (`lumi-line`, `ls-bar`), a `.ls-axis` or `.run-axis` that gets its marks here, and a `.ls-reading`.

const MARKS = 6;

class LsTimeline extends HTMLElement {
  connectedCallback() {
    this.first = Number(this.dataset.first);
    this.last = Number(this.dataset.last);
    this.runs = JSON.parse(this.dataset.runs || "null");
    this.reading = this.querySelector(".ls-reading");
    this.lanes = this.querySelector(".lanes");
    this.line = document.createElement("div");
    Object.assign(this.line, { className: "ls-line", hidden: true });
    this.lanes.append(this.line);
    this.addEventListener("pointermove", (event) => this.#point(event));
    this.addEventListener("pointerleave", () => this.#leave());
    this.addEventListener("ls-move", ({ detail }) => this.#read(detail.ls));
    this.#mark();
    this.#leave();
  }

  get #axis() {
    return this.querySelector(".ls-axis, .run-axis");
  }

  #point({ clientX }) {
    const { left, width } = this.#axis.getBoundingClientRect();
    const share = (clientX - left) / width;
    if (share < 0 || share >= 1) return this.#leave();
    this.#read(this.first + Math.floor(share * (this.last - this.first + 1)));
  }

  #read(place) {
    const told = [...this.querySelectorAll("lumi-line, ls-bar")].flatMap((lane) => this.#told(lane, place));
    const where = document.createElement("b");
    where.textContent = this.#name(place);
    this.reading.replaceChildren(where, ...[told.length ? ` · ${told.join(" · ")}` : " · nothing was reported"]);
    const { left, width } = this.#axis.getBoundingClientRect();
    const share = (place - this.first + 0.5) / (this.last - this.first + 1);
    this.line.style.left = `${left - this.lanes.getBoundingClientRect().left + share * width}px`;
    this.line.hidden = false;
  }

  #told(lane, place) {
    if (lane.matches("lumi-line")) return lane.at(place);
    const { text } = lane.at(place);
    return text ? [text] : [];
  }

  #name(place) {
    if (!this.runs) return `LS ${place}`;
    const run = this.runs.find(([first, last]) => first <= place && place <= last);
    return run ? `run ${run[2]}, LS ${place - run[0] + 1}` : "between runs";
  }

  #leave() {
    this.line.hidden = true;
    this.reading.textContent = "Point at a lumisection, or move in a bar with the arrows, to read all lanes at once.";
  }

  #mark() {
    const count = this.last - this.first + 1;
    const marks = this.runs ? this.runs.map(([first, last, run]) => [first, last, String(run)]) : [...steps(this.first, this.last)];
    this.#axis.replaceChildren(
      ...marks.map(([first, last, text]) => {
        const mark = document.createElement(this.runs ? "a" : "span");
        mark.textContent = text;
        if (this.runs) Object.assign(mark, { href: `/runs/${text}`, title: `run ${text}` });
        mark.style.left = `${(100 * (first - this.first)) / count}%`;
        if (this.runs) mark.style.width = `${(100 * (last - first + 1)) / count}%`;
        return mark;
      }),
    );
  }
}

/** Round lumisections to mark, about MARKS of them. */
function* steps(first, last) {
  const rough = (last - first + 1) / MARKS;
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((wide) => wide >= rough) ?? 1;
  yield [first, first, String(first)];
  for (let ls = Math.ceil((first + 0.4 * step) / step) * step; ls <= last; ls += step) yield [ls, ls, String(ls)];
}

customElements.define("ls-timeline", LsTimeline);
