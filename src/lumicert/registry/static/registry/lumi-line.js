// <lumi-line>: numbers by lumisection, over the same width as the bars below it.
//
// Attributes
//   data-series   JSON: [{name, points: [[ls, number], ...]}, ...]; the first is filled, the others are lines over it.
//                 A lumisection that is not there has no number, and leaves a gap
//   data-unit     the unit of the numbers
//   data-first, data-last   the lumisections at the two ends
// at(ls) tells the numbers of one lumisection in words.

import { Palette, fit, onAppearance } from "../lumicert/palette.js";

class LumiLine extends HTMLElement {
  connectedCallback() {
    this.palette = new Palette(this);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "lumi-canvas";
    this.prepend(this.canvas);
    this.series = JSON.parse(this.dataset.series).map(({ name, points }) => ({ name, points: new Map(points) }));
    this.first = Number(this.dataset.first);
    this.last = Number(this.dataset.last);
    this.highest = 1e-9;
    for (const { points } of this.series) for (const value of points.values()) this.highest = Math.max(this.highest, value);
    this.stopWatching = onAppearance(this.canvas, () => this.#paint());
  }

  disconnectedCallback() {
    this.stopWatching();
    this.canvas.remove();
  }

  at(ls) {
    return this.series.filter(({ points }) => points.has(ls)).map(({ name, points }) => `${name} ${this.#told(points.get(ls))}`);
  }

  #told(value) {
    const unit = this.dataset.unit ? ` ${this.dataset.unit}` : "";
    return `${value && value < 0.001 ? value.toPrecision(2) : Number(value.toFixed(3))}${unit}`;
  }

  #paint() {
    const size = fit(this.canvas);
    if (!size) return;
    const [width, height, ratio] = size;
    this.palette.forget();
    const pen = this.canvas.getContext("2d");
    pen.fillStyle = this.palette.colour("--rule");
    pen.fillRect(0, height - 1, width, 1);
    this.#fill(pen, width, height, this.series[0].points);
    this.series.slice(1).forEach(({ points }) => this.#line(pen, width, height, ratio, points));
  }

  #fill(pen, width, height, points) {
    const step = width / (this.last - this.first + 1);
    pen.fillStyle = this.palette.colour("--accent");
    for (const [ls, value] of points) {
      const tall = (value / this.highest) * (height - 2);
      // whole pixels: else neighbours leave a comb of gaps between them
      const from = Math.floor((ls - this.first) * step);
      const to = Math.max(Math.floor((ls - this.first + 1) * step), from + 1);
      pen.fillRect(from, height - tall, to - from, tall);
    }
  }

  #line(pen, width, height, ratio, points) {
    const step = width / (this.last - this.first + 1);
    pen.strokeStyle = this.palette.colour("--ink");
    pen.lineWidth = ratio;
    pen.beginPath();
    let before = -2;
    for (const [ls, value] of [...points].sort(([a], [b]) => a - b)) {
      const x = (ls - this.first + 0.5) * step;
      const y = height - 1 - (value / this.highest) * (height - 2);
      if (ls === before + 1) pen.lineTo(x, y);
      else pen.moveTo(x, y);
      before = ls;
    }
    pen.stroke();
  }
}

customElements.define("lumi-line", LumiLine);
