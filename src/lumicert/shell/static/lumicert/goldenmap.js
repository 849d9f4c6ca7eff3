// <golden-map>: runs from left to right, lumisections upwards, coloured by verdict.
//
// Attributes
//   data-src    address of JSON {"runs": [{"run": 315257, "last": 92, "segments": [[first, last, verdict], ...]}, ...]},
//               runs in the order they are drawn. Verdict is in, out, unknown, only_ours or only_theirs.
//               Setting it again loads again and keeps the zoom. Instead, a <script type="application/json"> inside.
//   aria-label  what the map shows
// Events (they bubble)
//   map-open {run, ls}   a lumisection's explanation is asked for, by a click or by Enter
//   map-loaded {runs}    the data are there and drawn
// Dragging sideways zooms to the runs under the drag; + - 0 zoom by keyboard.

import { DRAWING_ORDER, Palette, fit, grouped, known, onAppearance, word } from "./palette.js";

const AXIS = { left: 40, bottom: 18 };
const LEGEND = ["in", "out", "unknown", "only_ours", "only_theirs"];
const SMALLEST_VIEW = 4;

export class GoldenMap extends HTMLElement {
  static observedAttributes = ["data-src"];

  #runs = [];
  #from = 0;
  #to = 0;
  #cursor = { index: 0, ls: 1 };
  #hover = null;
  #drag = null;
  #ready = false;
  #loading = null;

  connectedCallback() {
    this.palette = new Palette(this);
    this.#build();
    this.#listen();
    this.#ready = true;
    const embedded = this.querySelector('script[type="application/json"]');
    if (embedded) this.data = JSON.parse(embedded.textContent);
    else if (this.dataset.src) this.#fetch();
    this.stopWatching = onAppearance(this.canvas, () => this.#repaint());
  }

  disconnectedCallback() {
    this.#ready = false;
    this.#loading?.abort();
    this.stopWatching();
    this.parts.forEach((part) => part.remove());
  }

  attributeChangedCallback() {
    if (this.#ready && this.dataset.src) this.#fetch();
  }

  /** What is drawn; a new value keeps the zoom where the runs are the same. */
  set data({ runs }) {
    const same = runs.length === this.#runs.length && runs.every((r, i) => r.run === this.#runs[i].run);
    this.#runs = runs;
    if (!same) {
      this.#cursor = { index: 0, ls: 1 };
      [this.#from, this.#to] = [0, runs.length];
    }
    this.#countVerdicts();
    this.#repaint();
    this.#say(false);
    this.#emit("map-loaded", { runs: runs.length });
  }

  #build() {
    const tools = make("div", "map-tools");
    this.readout = make("div", "map-readout");
    this.spoken = make("div", "visually-hidden");
    this.spoken.setAttribute("aria-live", "polite");
    this.buttons = {
      in: button("+", "Zoom in", () => this.#zoom(0.5)),
      out: button("−", "Zoom out", () => this.#zoom(2)),
      all: button("All runs", "Show all runs", () => this.#view(0, this.#runs.length)),
    };
    tools.append(this.readout, ...Object.values(this.buttons));
    this.canvas = make("canvas", "map-canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-roledescription", "map of runs and lumisections");
    this.canvas.setAttribute("aria-label", this.getAttribute("aria-label") || "Runs and lumisections by verdict");
    this.legend = make("ul", "map-legend");
    this.parts = [tools, this.canvas, this.legend, this.spoken];
    this.append(...this.parts);
  }

  // ---- data ----

  async #fetch() {
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    const began = performance.now();
    const timer = setInterval(() => this.#tell(`Loading the map, ${Math.round((performance.now() - began) / 1000)} s`), 500);
    try {
      const answer = await fetch(this.dataset.src, { headers: { Accept: "application/json" }, signal: loading.signal });
      if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
      this.data = await answer.json();
    } catch (error) {
      if (error.name !== "AbortError") this.#failed(error);
    } finally {
      clearInterval(timer);
    }
  }

  #failed(error) {
    this.#tell(`The map could not be loaded: ${error.message}. `);
    this.readout.append(button("Try again", "Load the map again", () => this.#fetch()));
  }

  #tell(text) {
    this.readout.textContent = text;
  }

  #countVerdicts() {
    const counts = {};
    for (const { segments } of this.#runs) {
      for (const [first, last, verdict] of segments) counts[known(verdict)] = (counts[known(verdict)] ?? 0) + last - first + 1;
    }
    this.legend.replaceChildren(...LEGEND.filter((v) => v in counts || LEGEND.indexOf(v) < 3).map((verdict) => {
      const item = make("li");
      item.append(make("span", `swatch ${verdict}`), `${word(verdict)} ${grouped(counts[verdict] ?? 0)} LS`);
      return item;
    }));
  }

  #verdict(run, ls) {
    return run.segments.find(([first, last]) => first <= ls && ls <= last)?.[2] ?? null;
  }

  // ---- reading out ----

  #say(aloud) {
    const place = this.#hover ?? this.#cursor;
    const run = this.#runs[place.index];
    if (!run) return this.#tell("No runs to show.");
    const verdict = this.#verdict(run, place.ls);
    const title = document.createElement("b");
    title.textContent = `Run ${run.run}, LS ${place.ls}`;
    const text = ` · ${verdict ? word(verdict) : "not listed"} · run has ${grouped(run.last)} LS`;
    this.readout.replaceChildren(title, text);
    if (aloud) this.spoken.textContent = title.textContent + text;
    return undefined;
  }

  // ---- pointer ----

  #listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.#grab(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#drop(event));
    canvas.addEventListener("pointercancel", () => this.#leave());
    canvas.addEventListener("pointerleave", () => this.#drag || this.#leave());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.#paint());
    canvas.addEventListener("blur", () => this.#paint());
  }

  #pointed(event) {
    if (!this.#runs.length) return null;
    const box = this.canvas.getBoundingClientRect();
    const across = (event.clientX - box.left - AXIS.left) / (box.width - AXIS.left);
    const up = (box.bottom - AXIS.bottom - event.clientY) / (box.height - AXIS.bottom);
    const index = bound(this.#from + Math.floor(across * (this.#to - this.#from)), this.#from, this.#to - 1);
    return { index, ls: bound(Math.floor(up * this.#tallest()) + 1, 1, this.#runs[index].last) };
  }

  #grab(event) {
    if (event.button !== 0 || !this.#runs.length) return;
    this.#drag = { x: event.clientX, place: this.#pointed(event) };
    this.canvas.setPointerCapture(event.pointerId);
  }

  #move(event) {
    this.#hover = this.#pointed(event);
    this.#paint();
    this.#say(false);
  }

  #drop(event) {
    if (!this.#drag) return;
    const { x, place } = this.#drag;
    const end = this.#pointed(event);
    this.#drag = null;
    if (Math.abs(event.clientX - x) > 6) {
      this.#view(Math.min(place.index, end.index), Math.max(place.index, end.index) + 1);
    } else {
      this.#cursor = end;
      this.#open();
    }
  }

  #leave() {
    this.#hover = this.#drag = null;
    this.#paint();
    this.#say(false);
  }

  #open() {
    const run = this.#runs[this.#cursor.index];
    if (run) this.#emit("map-open", { run: run.run, ls: this.#cursor.ls });
    this.#paint();
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  // ---- keyboard ----

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const leap = event.shiftKey ? 10 : 1;
    const actions = {
      ArrowLeft: () => this.#go(-leap, 0),
      ArrowRight: () => this.#go(leap, 0),
      ArrowUp: () => this.#go(0, leap),
      ArrowDown: () => this.#go(0, -leap),
      PageUp: () => this.#go(0, 100),
      PageDown: () => this.#go(0, -100),
      Home: () => this.#go(-Infinity, 0),
      End: () => this.#go(Infinity, 0),
      Enter: () => this.#open(),
      "+": () => this.#zoom(0.5),
      "-": () => this.#zoom(2),
      0: () => this.#view(0, this.#runs.length),
    };
    if (!(event.key in actions) || !this.#runs.length) return;
    event.preventDefault();
    actions[event.key]();
  }

  #go(runs, lumis) {
    this.#hover = null;
    const index = bound(this.#cursor.index + runs, 0, this.#runs.length - 1);
    this.#cursor = { index, ls: bound(this.#cursor.ls + lumis, 1, this.#runs[index].last) };
    if (index < this.#from || index >= this.#to) this.#centre(this.#to - this.#from);
    this.#paint();
    this.#say(true);
  }

  #zoom(factor) {
    this.#centre(Math.round((this.#to - this.#from) * factor));
  }

  #centre(width) {
    const span = bound(width, Math.min(SMALLEST_VIEW, this.#runs.length), this.#runs.length);
    const from = bound(this.#cursor.index - Math.floor(span / 2), 0, this.#runs.length - span);
    this.#view(from, from + span);
  }

  #view(from, to) {
    const spare = Math.max(0, Math.min(SMALLEST_VIEW, this.#runs.length) - (to - from));
    this.#from = bound(from - Math.floor(spare / 2), 0, this.#runs.length);
    this.#to = bound(to + Math.ceil(spare / 2), 0, this.#runs.length);
    this.#cursor.index = bound(this.#cursor.index, this.#from, Math.max(this.#from, this.#to - 1));
    this.#hover = null;
    this.#repaint();
    this.#say(false);
  }

  // ---- drawing ----

  #tallest() {
    let tallest = 1;
    for (let i = this.#from; i < this.#to; i += 1) tallest = Math.max(tallest, this.#runs[i].last);
    return tallest;
  }

  #repaint() {
    const size = this.#ready && fit(this.canvas);
    if (!size) return;
    [this.width, this.height, this.ratio] = size;
    this.palette.forget();
    this.base = new OffscreenCanvas(this.width, this.height);
    const pen = this.base.getContext("2d");
    this.#scale();
    this.#axes(pen);
    this.#columns(pen);
    const whole = this.#to - this.#from >= this.#runs.length;
    this.buttons.out.disabled = this.buttons.all.disabled = whole;
    this.buttons.in.disabled = this.#to - this.#from <= SMALLEST_VIEW;
    this.#paint();
  }

  #scale() {
    const left = AXIS.left * this.ratio;
    const floor = this.height - AXIS.bottom * this.ratio;
    const step = (this.width - left) / Math.max(1, this.#to - this.#from);
    const unit = floor / this.#tallest();
    this.place = { left, floor, step, unit, gap: step > 4 * this.ratio ? Math.round(this.ratio) : 0 };
  }

  /** Rare verdicts are drawn last: where several runs share a pixel, the loss is what is seen. */
  #columns(pen) {
    const byVerdict = Object.fromEntries(DRAWING_ORDER.map((verdict) => [verdict, []]));
    for (let i = this.#from; i < this.#to; i += 1) {
      for (const [first, last, verdict] of this.#runs[i].segments) byVerdict[known(verdict)].push([i, first, last]);
    }
    const hatch = this.place.step >= 5 * this.ratio;
    for (const verdict of DRAWING_ORDER) {
      pen.fillStyle = hatch ? this.palette.hatched(verdict, pen, this.ratio) : this.palette.plain(verdict);
      for (const [index, first, last] of byVerdict[verdict]) pen.fillRect(...this.#box(index, first, last));
    }
  }

  #box(index, first, last) {
    const { left, floor, step, unit, gap } = this.place;
    // whole pixels: fractions would leave a seam between neighbours
    const x = Math.round(left + (index - this.#from) * step);
    const width = Math.max(1, Math.round(left + (index + 1 - this.#from) * step) - x - gap);
    const bottom = Math.round(floor - (first - 1) * unit);
    const height = Math.max(Math.round(this.ratio), bottom - Math.round(floor - last * unit));
    return [x, bottom - height, width, height];
  }

  #axes(pen) {
    const { left, floor, unit } = this.place;
    pen.font = `${11 * this.ratio}px ${getComputedStyle(this).fontFamily}`;
    pen.fillStyle = this.palette.colour("--muted");
    pen.strokeStyle = this.palette.colour("--rule");
    pen.lineWidth = this.ratio;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const step = niceStep(this.#tallest());
    for (let ls = 0; ls <= this.#tallest(); ls += step) {
      const y = Math.round(floor - ls * unit);
      pen.beginPath();
      pen.moveTo(left, y);
      pen.lineTo(this.width, y);
      pen.stroke();
      pen.fillText(ls ? grouped(ls) : "LS", left - 5 * this.ratio, Math.max(y, 7 * this.ratio));
    }
    this.#runLabels(pen);
  }

  #runLabels(pen) {
    const { left, step } = this.place;
    const room = 70 * this.ratio;
    const every = Math.max(1, Math.ceil(room / step));
    pen.textBaseline = "bottom";
    pen.textAlign = "left";
    for (let i = this.#from; i < this.#to; i += every) {
      const x = left + (i - this.#from) * step;
      if (x + room * 0.65 <= this.width) pen.fillText(String(this.#runs[i].run), x, this.height - this.ratio);
    }
  }

  #paint() {
    if (!this.base) return;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.width, this.height);
    pen.drawImage(this.base, 0, 0);
    if (!this.#runs.length) return;
    if (this.#drag && this.#hover) this.#shade(pen, this.#drag.place.index, this.#hover.index);
    if (document.activeElement === this.canvas) this.#cross(pen, this.#cursor, "--ink");
    if (this.#hover) this.#cross(pen, this.#hover, "--accent");
  }

  #shade(pen, one, other) {
    const { left, floor, step } = this.place;
    pen.fillStyle = this.palette.colour("--accent");
    pen.globalAlpha = 0.25;
    pen.fillRect(left + (Math.min(one, other) - this.#from) * step, 0, (Math.abs(one - other) + 1) * step, floor);
    pen.globalAlpha = 1;
  }

  #cross(pen, { index, ls }, token) {
    const { left, floor, unit } = this.place;
    const [x, y, width, height] = this.#box(index, ls, ls);
    pen.fillStyle = this.palette.colour(token);
    pen.globalAlpha = 0.55;
    pen.fillRect(x + width / 2 - this.ratio / 2, 0, this.ratio, floor);
    pen.fillRect(left, floor - (ls - 0.5) * unit, this.width, this.ratio);
    pen.globalAlpha = 1;
    pen.strokeStyle = this.palette.colour(token);
    pen.lineWidth = 2 * this.ratio;
    pen.strokeRect(x - 2 * this.ratio, y - 2 * this.ratio, width + 4 * this.ratio, height + 4 * this.ratio);
  }
}

/** The distance of lines on an axis of this length: 1, 2 or 5 times a power of ten, three to seven of them. */
function niceStep(length) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, length / 3)));
  return [5, 2, 1].map((m) => m * power).find((step) => length / step >= 3) ?? Math.max(1, power);
}

function bound(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

function make(tag, className = "") {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

function button(text, label, act) {
  const element = make("button", "btn btn-sm");
  element.type = "button";
  element.textContent = text;
  element.setAttribute("aria-label", label);
  element.addEventListener("click", act);
  return element;
}

customElements.define("golden-map", GoldenMap);
