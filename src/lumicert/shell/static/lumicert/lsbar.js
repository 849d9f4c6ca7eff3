// <ls-bar>: a run's lumisections in one line.
//
// Attributes
//   data-segments  JSON: [[first, last, state, text], ...]; both ends belong to it. State is good, bad, standby,
//                  excluded, notset, empty or unknown; the text is optional. What no segment covers is unknown.
//                  Instead, a <script type="application/json"> inside the element.
//   data-first, data-last   the lumisections at the two ends of the bar; default 1 and the last of the segments
//   data-readout   selector of the element that shows what is read out; default: a line below the bar
//   aria-label     what the bar shows, such as "tracker-pixel"
// Events (they bubble)
//   ls-select {first, last}   a range was chosen: by dragging, by Shift and arrows, by a click or by Space
//   ls-clear {}               the chosen range was given up, by Escape or by moving on
//   ls-open {ls}              the reason of a lumisection is asked for, by Enter or by a click
//   ls-move {ls}              the cursor stands on another lumisection
// select(first, last) chooses a range without an event, so that a form can lead the bar; at(ls) tells {state, text}.

import { DRAWING_ORDER, Palette, fit, grouped, known, onAppearance, word } from "./palette.js";

const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -1, ArrowUp: 1 };
const JUMPS = { PageDown: -1, PageUp: 1 };

export class LsBar extends HTMLElement {
  static observedAttributes = ["data-segments", "data-first", "data-last"];

  #segments = [];
  #first = 1;
  #last = 1;
  #cursor = null;
  #anchor = null;
  #selection = null;
  #drag = null;
  #hover = null;
  #ready = false;

  connectedCallback() {
    this.palette = new Palette(this);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "ls-canvas";
    this.readout = document.querySelector(this.dataset.readout || ":not(*)") ?? this.#ownReadout();
    this.prepend(this.canvas);
    this.tabIndex = 0;
    this.setAttribute("role", "slider");
    this.#listen();
    this.#ready = true;
    this.#load();
    this.stopWatching = onAppearance(this.canvas, () => this.#repaint());
  }

  disconnectedCallback() {
    this.#ready = false;
    this.stopWatching();
    this.canvas.remove();
    this.lineBelow?.remove();
  }

  attributeChangedCallback() {
    if (this.#ready) this.#load();
  }

  get selection() {
    return this.#selection;
  }

  select(first, last) {
    if (!(first <= last)) return;
    this.#selection = { first: this.#clamp(first), last: this.#clamp(last) };
    this.#cursor = this.#selection.last;
    this.#anchor = this.#selection.first;
    this.#changed();
  }

  #ownReadout() {
    this.lineBelow = document.createElement("div");
    this.lineBelow.className = "ls-readout";
    this.lineBelow.setAttribute("aria-hidden", "true");
    this.append(this.lineBelow);
    return this.lineBelow;
  }

  #load() {
    const embedded = this.querySelector('script[type="application/json"]');
    const segments = JSON.parse(this.dataset.segments || embedded?.textContent || "[]");
    this.#segments = segments.map(([first, last, state, text]) => ({ first, last, state: known(state), text }));
    this.#first = Number(this.dataset.first || 1);
    this.#last = Math.max(this.#first, Number(this.dataset.last || Math.max(0, ...segments.map((s) => s[1]))));
    this.#cursor = this.#clamp(this.#cursor ?? this.#first);
    this.setAttribute("aria-valuemin", this.#first);
    this.setAttribute("aria-valuemax", this.#last);
    this.#repaint();
    this.#say();
  }

  #clamp(ls) {
    return Math.min(this.#last, Math.max(this.#first, ls));
  }

  at(ls) {
    return this.#segments.findLast((s) => s.first <= ls && ls <= s.last) ?? { state: "unknown", text: "not covered" };
  }

  // ---- reading out ----

  #describe(ls) {
    const { state, text } = this.at(ls);
    return [`LS ${ls}`, word(state), text].filter(Boolean);
  }

  #summary() {
    const counts = new Map();
    let covered = 0;
    for (const { first, last, state } of this.#segments) {
      const size = Math.min(last, this.#last) - Math.max(first, this.#first) + 1;
      if (size > 0) counts.set(state, (counts.get(state) ?? 0) + size);
      covered += Math.max(0, size);
    }
    const rest = this.#last - this.#first + 1 - covered;
    if (rest > 0) counts.set("unknown", (counts.get("unknown") ?? 0) + rest);
    return [...counts].map(([state, count]) => `${word(state)} ${grouped(count)}`).join(" · ");
  }

  #say() {
    this.setAttribute("aria-valuenow", this.#cursor);
    this.setAttribute("aria-valuetext", this.#spoken());
    const shown = this.#hover ?? (document.activeElement === this ? this.#cursor : null);
    const parts = shown === null ? [] : this.#describe(shown);
    const chosen = this.#chosenText();
    this.readout.replaceChildren();
    if (parts.length) this.readout.append(bold(parts[0]), ` · ${parts.slice(1).join(" · ")}`);
    else if (!chosen) this.readout.append(this.#summary());
    if (chosen) this.readout.append(parts.length ? " — " : "", bold(chosen));
  }

  #spoken() {
    return [...this.#describe(this.#cursor), this.#chosenText()].filter(Boolean).join(", ");
  }

  #chosenText() {
    if (!this.#selection) return "";
    const { first, last } = this.#selection;
    return first === last ? `LS ${first} selected` : `LS ${first}–${last} selected, ${grouped(last - first + 1)} LS`;
  }

  // ---- pointer ----

  #listen() {
    const { canvas } = this;
    canvas.addEventListener("pointerdown", (event) => this.#grab(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#drop(event));
    canvas.addEventListener("pointercancel", () => this.#cancel());
    canvas.addEventListener("pointerleave", () => this.#leave());
    this.onkeydown = (event) => this.#key(event);
    this.onfocus = this.onblur = () => this.#changed();
  }

  #pointed(event) {
    const { left, width } = this.canvas.getBoundingClientRect();
    const count = this.#last - this.#first + 1;
    return this.#clamp(this.#first + Math.floor(((event.clientX - left) / width) * count));
  }

  #grab(event) {
    if (event.button !== 0) return;
    const ls = this.#pointed(event);
    this.#drag = { before: this.#selection, from: event.shiftKey ? (this.#anchor ?? this.#cursor) : ls };
    this.canvas.setPointerCapture(event.pointerId);
    this.focus({ preventScroll: true });
    this.#stretch(this.#drag.from, ls);
  }

  #move(event) {
    this.#hover = this.#pointed(event);
    if (this.#drag) this.#stretch(this.#drag.from, this.#hover);
    else this.#changed();
  }

  #drop(event) {
    if (!this.#drag) return;
    this.#stretch(this.#drag.from, this.#pointed(event));
    this.#drag = null;
    this.#emit("ls-select", { ...this.#selection });
    if (this.#selection.first === this.#selection.last) this.#emit("ls-open", { ls: this.#cursor });
  }

  #cancel() {
    if (this.#drag) this.#selection = this.#drag.before;
    this.#drag = null;
    this.#changed();
  }

  #leave() {
    this.#hover = null;
    this.#changed();
  }

  #stretch(from, to) {
    this.#anchor = from;
    this.#cursor = to;
    this.#selection = { first: Math.min(from, to), last: Math.max(from, to) };
    this.#changed();
  }

  // ---- keyboard ----

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = this.#target(event);
    if (target !== null) this.#step(this.#clamp(target), event.shiftKey);
    else if (event.key === "Enter") this.#emit("ls-open", { ls: this.#cursor });
    else if (event.key === " ") this.#choose(this.#cursor, this.#cursor);
    else if (event.key === "Escape" && this.#selection) this.#clear();
    else return;
    event.preventDefault();
  }

  #target({ key }) {
    if (key in STEPS) return this.#cursor + STEPS[key];
    if (key in JUMPS) return this.#cursor + JUMPS[key] * (this.#last - this.#first >= 500 ? 100 : 10);
    if (key === "Home") return this.#first;
    if (key === "End") return this.#last;
    return null;
  }

  #step(to, extend) {
    this.#hover = null;
    if (extend) {
      this.#choose(this.#selection ? this.#anchor : this.#cursor, to);
    } else {
      this.#cursor = to;
      if (this.#selection) this.#clear();
      else this.#changed();
    }
    this.#emit("ls-move", { ls: to });
  }

  #choose(from, to) {
    this.#stretch(from, to);
    this.#emit("ls-select", { ...this.#selection });
  }

  #clear() {
    this.#selection = this.#anchor = null;
    this.#changed();
    this.#emit("ls-clear", {});
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }

  // ---- drawing ----

  #changed() {
    this.#paint();
    this.#say();
  }

  /** The segments change seldom and the cursor often: they are drawn once, and copied under the cursor. */
  #repaint() {
    const size = fit(this.canvas);
    if (!size) return;
    [this.width, this.height, this.ratio] = size;
    this.palette.forget();
    this.base = new OffscreenCanvas(this.width, this.height);
    const pen = this.base.getContext("2d");
    this.#area(pen, this.#first, this.#last, "unknown");
    for (const state of DRAWING_ORDER) {
      for (const s of this.#segments) if (s.state === state) this.#area(pen, s.first, s.last, state);
    }
    this.#paint();
  }

  #x(ls) {
    return ((ls - this.#first) / (this.#last - this.#first + 1)) * this.width;
  }

  #area(pen, first, last, state) {
    const from = Math.max(first, this.#first);
    const to = Math.min(last, this.#last);
    if (from > to) return;
    const x = Math.floor(this.#x(from));
    // one bad lumisection among two thousand must still be seen
    const width = Math.max(Math.round(this.#x(to + 1)) - x, state === "good" ? 1 : Math.ceil(1.5 * this.ratio));
    pen.fillStyle = width < 4 * this.ratio ? this.palette.plain(state) : this.palette.hatched(state, pen, this.ratio);
    pen.fillRect(x, 0, width, this.height);
    if (state !== "empty" && state !== "notset") return;
    pen.strokeStyle = this.palette.colour("--edge");
    pen.lineWidth = this.ratio;
    pen.strokeRect(x + this.ratio / 2, this.ratio / 2, width - this.ratio, this.height - this.ratio);
  }

  #paint() {
    if (!this.base) return;
    const pen = this.canvas.getContext("2d");
    pen.clearRect(0, 0, this.width, this.height);
    pen.drawImage(this.base, 0, 0);
    if (this.#selection) this.#frame(pen, this.#selection);
    if (document.activeElement === this) this.#mark(pen, this.#cursor);
  }

  #frame(pen, { first, last }) {
    const x = this.#x(first);
    const width = Math.max(this.#x(last + 1) - x, 4 * this.ratio);
    pen.fillStyle = this.palette.colour("--card");
    pen.globalAlpha = 0.45;
    pen.fillRect(0, 0, x, this.height);
    pen.fillRect(x + width, 0, this.width, this.height);
    pen.globalAlpha = 1;
    pen.strokeStyle = this.palette.colour("--ink");
    pen.lineWidth = 2 * this.ratio;
    pen.strokeRect(x + this.ratio, this.ratio, width - 2 * this.ratio, this.height - 2 * this.ratio);
  }

  #mark(pen, ls) {
    const width = Math.max(3 * this.ratio, this.#x(ls + 1) - this.#x(ls));
    const x = Math.min(this.#x(ls), this.width - width);
    pen.fillStyle = this.palette.colour("--card");
    pen.fillRect(x - this.ratio, 0, width + 2 * this.ratio, this.height);
    pen.fillStyle = this.palette.colour("--ink");
    pen.fillRect(x, 0, width, this.height);
  }
}

function bold(text) {
  const element = document.createElement("b");
  element.textContent = text;
  return element;
}

customElements.define("ls-bar", LsBar);
