// Colours and hatchings of states on a canvas, taken from the design tokens.

/** State -> [token of its colour, hatching]. Hatching is the second channel: states stay apart without colour. */
const LOOKS = {
  good: ["--fill-good", "plain"],
  bad: ["--fill-bad", "rising"],
  standby: ["--fill-standby", "bars"],
  excluded: ["--fill-excluded", "falling"],
  notset: ["--card", "dots"],
  empty: ["--card", "outline"],
  unknown: ["--fill-unknown", "crossed"],
  in: ["--fill-good", "plain"],
  out: ["--fill-bad", "rising"],
  only_ours: ["--fill-ours", "bars"],
  only_theirs: ["--fill-theirs", "falling"],
};

const WORDS = {
  good: "GOOD", bad: "BAD", standby: "STANDBY", excluded: "EXCLUDED", notset: "NOTSET", empty: "EMPTY",
  unknown: "unknown", in: "in", out: "out", only_ours: "only in ours", only_theirs: "only in theirs",
};

/** Later ones are drawn over earlier ones, so that a rare state never hides behind a common one. */
export const DRAWING_ORDER = [
  "good", "in", "empty", "notset", "excluded", "standby", "unknown", "only_theirs", "only_ours", "out", "bad",
];

export const known = (state) => (state in LOOKS ? state : "unknown");
export const word = (state) => WORDS[known(state)];

/** The colours that the tokens have on this element in the present theme, and fills made from them. */
export class Palette {
  #resolved = new Map();
  #fills = new Map();

  constructor(element) {
    this.element = element;
  }

  /** A token as a colour that a canvas understands; light-dark() has to be resolved by the style engine. */
  colour(token) {
    if (!this.#resolved.has(token)) {
      const probe = document.createElement("span");
      probe.style.color = `var(${token})`;
      this.element.append(probe);
      this.#resolved.set(token, getComputedStyle(probe).color);
      probe.remove();
    }
    return this.#resolved.get(token);
  }

  /** The plain colour of a state, for areas too narrow to hatch. */
  plain(state) {
    const [token, hatching] = LOOKS[known(state)];
    return this.colour(hatching === "dots" || hatching === "outline" ? "--edge" : token);
  }

  /** The hatched fill of a state, in device pixels of the given ratio. */
  hatched(state, context, ratio) {
    const key = known(state);
    if (!this.#fills.has(key)) this.#fills.set(key, this.#pattern(key, context, ratio));
    return this.#fills.get(key);
  }

  forget() {
    this.#resolved.clear();
    this.#fills.clear();
  }

  #pattern(state, context, ratio) {
    const [token, hatching] = LOOKS[state];
    const size = Math.max(4, Math.round(6 * ratio));
    const tile = new OffscreenCanvas(size, size);
    const pen = tile.getContext("2d");
    pen.fillStyle = this.colour(token);
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = this.colour(token === "--card" ? "--muted" : "--hatch");
    pen.globalAlpha = token === "--card" ? 0.8 : 0.65;
    pen.lineWidth = ratio;
    hatch(pen, hatching, size, ratio);
    return context.createPattern(tile, "repeat");
  }
}

function hatch(pen, hatching, size, ratio) {
  const line = (x0, y0, x1, y1) => {
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  };
  // diagonals are drawn three times, so that the tile joins its neighbours
  const rising = () => [-size, 0, size].forEach((shift) => line(shift, size, shift + size, 0));
  const falling = () => [-size, 0, size].forEach((shift) => line(shift, 0, shift + size, size));
  if (hatching === "rising" || hatching === "crossed") rising();
  if (hatching === "falling" || hatching === "crossed") falling();
  if (hatching === "bars") line(size / 2, 0, size / 2, size);
  if (hatching === "dots") {
    pen.fillStyle = pen.strokeStyle;
    pen.fillRect(size / 2, size / 2, 1.5 * ratio, 1.5 * ratio);
  }
}

/** Gives a canvas the size it has on the page in device pixels; returns [width, height, ratio] or null if unseen. */
export function fit(canvas) {
  const { width, height } = canvas.getBoundingClientRect();
  if (!width || !height) return null;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  return [canvas.width, canvas.height, ratio];
}

/** Calls back when the element's size or the theme changes, once a frame; returns the function that stops it. */
export function onAppearance(element, callback) {
  let frame = 0;
  const soon = () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(callback);
  };
  const sizes = new ResizeObserver(soon);
  const themes = new MutationObserver(soon);
  const device = window.matchMedia("(prefers-color-scheme: dark)");
  sizes.observe(element);
  themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  device.addEventListener("change", soon);
  return () => {
    cancelAnimationFrame(frame);
    sizes.disconnect();
    themes.disconnect();
    device.removeEventListener("change", soon);
  };
}

/** A whole number with its digits in groups of three, as the pages write it. */
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, "\u202f");
