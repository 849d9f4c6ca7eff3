// <live-page>: keeps the page that it stands on up to date, and says so.
//
// Attributes
//   data-tag     names the state that the page shows; the server answers nothing while it is the same
//   data-every   seconds between two questions
// Parts of the page that may change have an id and `data-live`: "part" is replaced as a whole, "list" row by row, each
// row by its id. A part in which somebody is at work (a field or bar has the focus, a panel is open) waits until then.
// No question is asked in a hidden tab, nor while it is paused.

const WORDS = { live: "live", paused: "paused", away: "no answer, trying again", stopped: "not live: load the page again" };

class LivePage extends HTMLElement {
  #waiting = new Map();
  #timer = 0;
  #paused = false;
  #above = 0;

  connectedCallback() {
    this.button = document.createElement("button");
    Object.assign(this.button, { type: "button", className: "btn btn-sm live-button" });
    this.button.addEventListener("click", () => this.#toggle());
    this.above = document.createElement("button");
    Object.assign(this.above, { type: "button", className: "btn btn-sm btn-primary", hidden: true });
    this.above.addEventListener("click", () => this.#toTop());
    this.replaceChildren(this.above, this.button);
    this.seen = () => document.hidden || this.#ask();
    document.addEventListener("visibilitychange", this.seen);
    this.#say("live");
    this.#timer = setInterval(() => this.#ask(), 1000 * Number(this.dataset.every || 3));
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    document.removeEventListener("visibilitychange", this.seen);
  }

  #say(state) {
    this.dataset.state = state;
    this.button.textContent = WORDS[state];
    this.button.setAttribute("aria-pressed", String(state === "live"));
    this.button.title = this.#paused ? "Follow what happens again" : "Stop following what happens";
  }

  #toggle() {
    this.#paused = !this.#paused;
    this.#say(this.#paused ? "paused" : "live");
    if (!this.#paused) this.#ask();
  }

  async #ask() {
    if (document.hidden || this.#paused || this.asking || !this.isConnected) return;
    this.#apply();
    this.asking = true;
    try {
      const headers = { "X-Lumicert-Live": this.dataset.tag, "HX-Request": "true" };
      const answer = await fetch(location.href.split("#")[0], { headers, cache: "no-store" });
      if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return this.#stop();
      if (!answer.ok) throw new Error(String(answer.status));
      if (answer.status === 200) this.#take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (!this.#paused) this.#say("live");
    } catch {
      if (!this.#paused) this.#say("away");
    } finally {
      this.asking = false;
    }
  }

  #stop() {
    clearInterval(this.#timer);
    this.#say("stopped");
  }

  #take(fresh) {
    const tag = fresh.querySelector("live-page")?.dataset.tag;
    if (!tag) return this.#stop();
    this.dataset.tag = tag;
    for (const part of fresh.querySelectorAll("[data-live]")) this.#waiting.set(part.id, part);
    this.#apply();
  }

  #apply() {
    for (const [id, fresh] of this.#waiting) {
      const there = document.getElementById(id);
      if (there && isInUse(there)) continue;
      this.#waiting.delete(id);
      if (!there) continue;
      if (fresh.dataset.live === "list") this.#mergeRows(there, fresh);
      else if (there.was !== fresh.outerHTML) replace(there, fresh);
    }
  }

  /** Rows come, change and go by their ids; what the reader looks at stays where it is. */
  #mergeRows(list, fresh) {
    const box = list.closest(".table-scroll");
    const reading = box && (box.scrollTop > 0 || box.matches(":hover, :focus-within")) ? firstInSight(box, list) : null;
    const before = reading?.offsetTop;
    const wanted = [...fresh.children];
    const ids = new Set(wanted.map((row) => row.id));
    [...list.children].filter((row) => !ids.has(row.id)).forEach((row) => row.remove());
    let place = list.firstElementChild;
    let added = 0;
    for (const row of wanted) {
      const there = document.getElementById(row.id);
      if (!there) {
        added += 1;
        row.classList.add("fresh");
        list.insertBefore(document.adoptNode(row), place);
      } else {
        if (there !== place) list.insertBefore(there, place);
        else place = place.nextElementSibling;
        update(there, row);
      }
    }
    if (!reading?.isConnected) return;
    box.scrollTop += reading.offsetTop - before;
    if (added) this.#announce(this.#above + added, box);
  }

  #announce(count, box) {
    this.#above = count;
    this.box = box;
    this.above.textContent = `${count} new above`;
    this.above.hidden = false;
  }

  #toTop() {
    this.#above = 0;
    this.above.hidden = true;
    this.box.scrollTo({ top: 0 });
  }
}

const HELD = "input, select, textarea, ls-bar";

function isInUse(part) {
  if (part.dataset.live === "list") return false;
  const held = part.contains(document.activeElement) && document.activeElement.matches(HELD);
  return held || part.querySelector(":popover-open, [data-open]") !== null;
}

function firstInSight(box, list) {
  const top = box.scrollTop + (box.querySelector("thead")?.offsetHeight ?? 0);
  return [...list.rows].find((row) => row.offsetTop + row.offsetHeight > top);
}

function update(there, fresh) {
  if (there.cells.length === fresh.cells.length && [...there.cells].every((cell, i) => cell.isEqualNode(fresh.cells[i]))) return;
  there.replaceChildren(...fresh.childNodes);
}

function replace(there, fresh) {
  const html = fresh.outerHTML;
  const node = document.adoptNode(fresh);
  // as it was sent: the page's own elements change what is inside them
  node.was = html;
  const focused = there.contains(document.activeElement) && document.activeElement.getAttribute("aria-label");
  there.replaceWith(node);
  if (focused) node.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

customElements.define("live-page", LivePage);
