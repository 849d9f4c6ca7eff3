// <lumi-line>: recorded luminosity by lumisection, over the same width as the bars below it.
//
// Attributes
//   data-points   JSON: [[ls, luminosity in /pb], ...]; a lumisection that is not there has none, and leaves a gap
//   data-first, data-last   the lumisections at the two ends

import { Palette, fit, onAppearance } from "../lumicert/palette.js";

class LumiLine extends HTMLElement {
  connectedCallback() {
    this.palette = new Palette(this);
    this.canvas = document.createElement("canvas");
    this.canvas.className = "lumi-canvas";
    this.prepend(this.canvas);
    this.points = JSON.parse(this.dataset.points);
    this.first = Number(this.dataset.first);
    this.last = Number(this.dataset.last);
    this.highest = Math.max(...this.points.map(([, value]) => value), 1e-9);
    this.title = `recorded luminosity, at most ${(1000 * this.highest).toPrecision(3)} nb⁻¹ in a lumisection`;
    this.stopWatching = onAppearance(this.canvas, () => this.#paint());
  }

  disconnectedCallback() {
    this.stopWatching();
    this.canvas.remove();
  }

  #paint() {
    const size = fit(this.canvas);
    if (!size) return;
    const [width, height] = size;
    this.palette.forget();
    const pen = this.canvas.getContext("2d");
    const step = width / (this.last - this.first + 1);
    pen.fillStyle = this.palette.colour("--rule");
    pen.fillRect(0, height - 1, width, 1);
    pen.fillStyle = this.palette.colour("--accent");
    for (const [ls, value] of this.points) {
      const tall = (value / this.highest) * (height - 2);
      // whole pixels: else neighbours leave a comb of gaps between them
      const from = Math.floor((ls - this.first) * step);
      const to = Math.max(Math.floor((ls - this.first + 1) * step), from + 1);
      pen.fillRect(from, height - tall, to - from, tall);
    }
  }
}

customElements.define("lumi-line", LumiLine);
