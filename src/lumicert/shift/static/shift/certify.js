// The certification form: keys, bars, verdict, and the draft that is kept while one types.
//
// <certify-form> holds one <form>; htmx replaces it when it comes back with its mistakes, and it then begins anew.
//   data-address    where drafts and signs of life are posted to; none for the form of several runs, which has neither
//   data-next       the address of the next run of the queue
//   data-restored   whether a draft is in it

import { whole } from "./bars.js";
import { onKey } from "./keys.js";

const QUIET_MS = 1000;
const SEEN_EVERY_MS = 30_000;

class CertifyForm extends HTMLElement {
  #timer = 0;
  #saved = "";
  #leaving = false;

  connectedCallback() {
    this.form = this.querySelector("form");
    this.keys = (event) => onKey(this, event);
    this.hidden_ = () => document.hidden && this.#keep(true);
    this.left = () => this.#keep(true);
    document.addEventListener("keydown", this.keys);
    document.addEventListener("visibilitychange", this.hidden_);
    window.addEventListener("pagehide", this.left);
    this.addEventListener("input", (event) => this.#typed(event));
    this.addEventListener("change", (event) => this.#changed(event));
    for (const name of ["ls-select", "ls-clear", "ls-open"]) this.addEventListener(name, (event) => this.#fromBar(event));
    this.form.addEventListener("submit", () => clearTimeout(this.#timer));
    this.#saved = this.#content();
    this.#openWhatIsBad();
    this.#show();
    this.#seen();
    this.beat = setInterval(() => this.#seen(), SEEN_EVERY_MS);
    this.#lookAt();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    clearInterval(this.beat);
    document.removeEventListener("keydown", this.keys);
    document.removeEventListener("visibilitychange", this.hidden_);
    window.removeEventListener("pagehide", this.left);
  }

  part(place) {
    return this.querySelector(`.part[data-place="${place}"]`);
  }

  get parts() {
    return [...this.querySelectorAll(".part")];
  }

  say(part, status) {
    const radio = part.querySelector(`input[type=radio][value="${status}"]`);
    if (!radio || radio.checked) return;
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }

  // ---- what is typed ----

  #typed({ target }) {
    if (target.matches("[data-filter]")) return this.#filter(target);
    if (target.name?.endsWith(".lumis")) this.#show();
    this.#soon();
  }

  #changed({ target }) {
    if (target.name === "tick") this.#ticked(target);
    if (target.name === "reference") this.#referred(target);
    if (target.name?.endsWith(".status") && target.value === "BAD") target.closest(".part").querySelector(".part-more").open = true;
    this.#show();
    this.#soon();
  }

  /** An item carries the moment at which it was ticked. */
  #ticked(box) {
    box.value = box.checked ? `${box.dataset.item}=${new Date().toISOString()}` : box.dataset.item;
    const list = box.closest(".checklist");
    const boxes = [...list.querySelectorAll("[name=tick]")];
    list.querySelector("[data-count]").textContent = `${boxes.filter((each) => each.checked).length} of ${boxes.length}`;
    if (box.checked && boxes.every((each) => each.checked)) this.#nextList(list);
    const left = this.querySelectorAll("[name=tick]:not(:checked)").length;
    this.querySelector("[data-to-tick]").textContent = left ? `${left} to tick` : "all ticked";
  }

  #nextList(done) {
    const next = [...this.querySelectorAll(".checklist")].find((list) => list.querySelector("[name=tick]:not(:checked)"));
    if (!next) return;
    done.open = false;
    next.open = true;
  }

  #referred(radio) {
    this.querySelector("[data-lost]")?.remove();
    const shown = this.querySelector("#chosen-reference");
    const name = document.createElement("b");
    name.textContent = radio.value || "none";
    shown.replaceChildren(name, " ");
    if (radio.dataset.recommended) shown.append(pill(radio.dataset.recommended), " ");
    const told = document.createElement("span");
    told.className = "muted";
    told.textContent = radio.closest("tr").dataset.told;
    shown.append(told);
  }

  #filter(field) {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of this.querySelectorAll(".references tbody tr:not([data-always])")) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
  }

  #openWhatIsBad() {
    for (const part of this.parts) {
      if (part.querySelector("[value=BAD]:checked")) part.querySelector(".part-more").open = true;
    }
  }

  // ---- what follows from it ----

  #show() {
    const said = this.parts.map((part) => whole(part));
    for (const { part, status } of said) this.#compare(part, status);
    const deciding = said.filter(({ part }) => "decides" in part.dataset);
    const good = deciding.every(({ status, low }) => status === "GOOD" || low);
    const verdict = said.every(({ status }) => status) ? (good ? "GOOD" : "BAD") : "";
    const shown = this.querySelector("[data-verdict]");
    const before = shown.textContent.trim();
    if (before !== verdict) shown.replaceChildren(...(verdict ? [badge(verdict)] : []));
    this.#loss(said);
  }

  #compare(part, status) {
    const differs = Boolean(part.dataset.other && status && part.dataset.other !== status);
    const beside = this.querySelector(`[data-beside="${part.dataset.part}"]`);
    for (const mark of [part.querySelector(".differs"), beside?.querySelector(".differs")]) if (mark) mark.hidden = !differs;
  }

  /** How much is called bad, in lumisections and in recorded luminosity. */
  #loss(said) {
    const told = this.querySelector("[data-loss]");
    if (!told) return;
    const bad = new Set(said.flatMap(({ bad }) => bad));
    const line = document.querySelector("#timeline lumi-line");
    const recorded = JSON.parse(line?.dataset.series ?? "[]").find(({ name }) => name === "recorded")?.points ?? [];
    const lost = recorded.reduce((sum, [ls, amount]) => sum + (bad.has(ls) ? amount : 0), 0);
    const amount = recorded.length ? `, ${lost.toFixed(3)} pb⁻¹ recorded` : "";
    told.textContent = bad.size ? `bad: ${bad.size} LS${amount}` : "";
  }

  // ---- bars ----

  #fromBar({ type, target, detail }) {
    const part = target.closest(".part");
    if (!part || !target.matches("ls-bar.component")) return;
    const field = part.querySelector("[name$='.lumis']");
    if (type === "ls-open") return;
    part.querySelector(".part-more").open = true;
    if (type === "ls-clear") {
      if (target.last_ && field.value.endsWith(target.last_)) field.value = target.before_ ?? "";
      target.last_ = undefined;
    } else {
      // while one drags or stretches on, only the range that is being drawn is replaced
      const goesOn = target.last_ && field.value.endsWith(target.last_) && !field.value.trim().endsWith(",");
      target.before_ = goesOn ? target.before_ : field.value.trim().replace(/,$/, "");
      target.last_ = detail.first === detail.last ? String(detail.first) : `${detail.first}-${detail.last}`;
      field.value = target.before_ ? `${target.before_}, ${target.last_}` : target.last_;
      if (!part.querySelector(".seg :checked")) this.say(part, "GOOD");
    }
    this.#show();
    this.#soon();
  }

  // ---- the draft ----

  #content() {
    const fields = new FormData(this.form);
    for (const name of ["csrfmiddlewaretoken", "act", "expected", "opened"]) fields.delete(name);
    return new URLSearchParams(fields).toString();
  }

  #soon() {
    clearTimeout(this.#timer);
    if (this.dataset.address) this.#timer = setTimeout(() => this.#keep(false), QUIET_MS);
  }

  async #keep(last) {
    clearTimeout(this.#timer);
    const content = this.#content();
    // what htmx is sending just now is kept by its answer
    if (!this.dataset.address || this.#leaving || content === this.#saved || this.form.matches("[aria-busy]")) return;
    const told = this.querySelector("[data-draft]");
    try {
      const answer = await fetch(`${this.dataset.address}draft`, { method: "POST", body: new FormData(this.form), keepalive: last });
      if (answer.status === 401 || answer.redirected) throw new Error("you are signed out");
      const { saved, error } = await answer.json();
      if (!answer.ok) throw new Error(error ?? String(answer.status));
      this.#saved = content;
      told.textContent = saved ? `draft kept ${saved}` : "";
    } catch (error) {
      told.textContent = `draft not kept (${error.message}); what you typed is still on this page`;
      this.#timer = setTimeout(() => this.#keep(false), 10 * QUIET_MS);
    }
  }

  /** What was typed is kept, then one goes on; `discard` goes on without. */
  async leave(go, { discard = false } = {}) {
    if (!discard) await this.#keep(false);
    this.#leaving = true;
    go();
  }

  // ---- who is on it ----

  async #seen() {
    if (!this.dataset.address || document.hidden) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value);
    body.set("queue", this.form.elements.queue.value);
    try {
      const answer = await fetch(`${this.dataset.address}seen`, { method: "POST", body });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#presence");
      const there = document.querySelector("#presence");
      if (fresh && there && !there.contains(document.activeElement)) there.replaceWith(document.adoptNode(fresh));
    } catch {
      // the next sign of life comes by itself
    }
  }

  // ---- after it came back ----

  #lookAt() {
    const found = document.querySelector("#conflict, #warnings, #wrong, #messages .notice.error");
    if (!found) return;
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest" });
  }
}

function pill(text) {
  const element = document.createElement("span");
  Object.assign(element, { className: "pill", textContent: text });
  return element;
}

function badge(verdict) {
  const element = document.createElement("span");
  Object.assign(element, { className: `status ${verdict.toLowerCase()}`, textContent: verdict });
  return element;
}

document.addEventListener("click", (event) => {
  const leaving = event.target.closest?.("[data-leave]");
  const form = document.querySelector("certify-form");
  if (!leaving || !form) return;
  event.preventDefault();
  const go = leaving.matches("a") ? () => location.assign(leaving.href) : () => leaving.form.submit();
  form.leave(go, { discard: true });
});

customElements.define("certify-form", CertifyForm);
