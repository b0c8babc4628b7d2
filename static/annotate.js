// The annotator's page: digits answer, time is counted while somebody is there, what is missing is named.
// Everything is looked up when it is needed, because htmx swaps the card; without this script plain forms do the work.
//
// Its parts are scripts of their own and talk by events on the document:
//   rate:card      a card is in place: at the start, and after each swap
//   rate:time      put the time into the form's fields; it is about to be sent
//   rate:say       show detail.text beside the buttons, in red where detail.problem is true
//   rate:restored  fields were filled from a copy; draw what shows them
// A question that is no scale keeps its answer in a field of its own, fires "change" on it, and says on its .question
// whether it is answered: data-answered="true" or "false".

const IDLE_AFTER = 60_000; // ms without a key, pointer or scroll: not reading any more

const card = () => document.getElementById("task-card");
const form = () => document.getElementById("answer-form");
const words = () => document.getElementById("rate-words").dataset;
const questions = () => [...(form()?.querySelectorAll(".question") ?? [])];
const announce = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function isAnswered(question) {
  if (question.dataset.answered !== undefined) return question.dataset.answered === "true";
  return question.querySelector("input[type=radio]:checked") !== null ||
    (question.querySelector("input.figure")?.value.trim() ?? "") !== "";
}

// --- The question that digits answer -------------------------------------------------------------------------------

function mark(question) {
  for (const other of questions()) other.classList.toggle("current", other === question);
}

const first = () => questions().find((question) => question.querySelector("[data-digit], .figure")) ?? questions()[0];
const current = () => questions().find((question) => question.classList.contains("current")) ?? first();

function advance() {
  const all = questions();
  const after = all.slice(all.indexOf(current()) + 1);
  const next = [...after, ...all].find((question) => !isAnswered(question));
  if (next) {
    mark(next);
    next.scrollIntoView({ block: "nearest" });
    next.querySelector("input.figure")?.focus();
  } else {
    mark(null);
    form().querySelector("[data-next]").focus({ preventScroll: true });
  }
}

const typesText = (element) =>
  element.closest?.('textarea, select, input:not([type="radio"], [type="checkbox"], [type="range"])')?.checkVisibility();

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Enter" && event.target.closest?.("#answer-form")) form().requestSubmit();
    return;
  }
  if (!form() || form().inert || document.querySelector("dialog:modal") || event.repeat) return;
  if (event.key === "Escape" && form().contains(event.target)) return rest();
  if (typesText(event.target) || !/^[0-9]$/.test(event.key)) return;
  const option = current()?.querySelector(`input[data-digit="${event.key}"]`);
  if (!option) return;
  event.preventDefault();
  option.checked = true;
  option.dispatchEvent(new Event("change", { bubbles: true }));
  advance();
});

function rest() {
  document.activeElement?.blur();
  card().querySelector("[data-start]")?.focus({ preventScroll: true });
}

document.addEventListener("focusin", (event) => {
  const question = event.target.closest?.(".question");
  if (question && event.target.matches(":focus-visible")) mark(question);
});

document.addEventListener("change", (event) => {
  const question = event.target.closest?.(".question");
  if (!question) return;
  question.classList.remove("missing-answer");
  say("");
});

// W: the text field, not a click.
document.addEventListener("click", (event) => {
  if (event.target.matches?.("textarea[data-key]")) event.target.focus();
});

// --- Sliders: a number beside them, and no value before somebody gives one ------------------------------------------

document.addEventListener("input", (event) => {
  const range = event.target.closest?.("[data-range]");
  if (!range) return;
  const [slider, figure] = range.querySelectorAll("input");
  if (event.target === slider) figure.value = String(Math.round(Number(slider.value)));
  drawSlider(range);
});

function drawSlider(range) {
  const [slider, figure] = range.querySelectorAll("input");
  const given = figure.value.trim();
  slider.hidden = false;
  slider.classList.toggle("unset", given === "");
  if (given !== "" && !Number.isNaN(Number(given))) slider.value = given;
}

// --- Time: in view, and of that the part without a sign of life ----------------------------------------------------

let lastSign = performance.now();
let lastTick = performance.now();
for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "touchmove"]) {
  document.addEventListener(kind, () => { lastSign = performance.now(); }, { passive: true });
}

function add(name, ms) {
  const field = form()?.elements[name];
  if (field) field.value = String(Math.round(Number(field.value) + ms));
}

function tick() {
  const now = performance.now();
  const passed = Math.min(now - lastTick, 2000); // a laptop that slept was not read from
  lastTick = now;
  if (document.visibilityState !== "visible") return;
  const isIdle = now - lastSign >= IDLE_AFTER;
  add("visible_ms", passed);
  add(isIdle ? "idle_ms" : "active_ms", passed);
}
setInterval(tick, 1000);
document.addEventListener("rate:time", tick);

// A number that its scale does not have.
function isBeyond(question) {
  const [slider, figure] = question.querySelectorAll("[data-range] input");
  if (!figure || figure.value.trim() === "") return false;
  const number = Number(figure.value);
  return Number.isNaN(number) || number < Number(slider.min) || number > Number(slider.max);
}

function refuseNumber(question) {
  const [slider, figure] = question.querySelectorAll("[data-range] input");
  mark(question);
  figure.focus();
  figure.select();
  say(`${question.dataset.question}: ${words().range.replace("{low}", slider.min).replace("{high}", slider.max)}`, true);
}

// --- Sending -------------------------------------------------------------------------------------------------------

function say(text, isProblem = false) {
  const state = form()?.querySelector("[data-state]");
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("problem", isProblem);
}
document.addEventListener("rate:say", ({ detail }) => say(detail.text, detail.problem));

document.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  tick();
  const missing = questions().filter((question) => !isAnswered(question));
  const beyond = questions().find(isBeyond);
  if (missing.length === 0 && !beyond) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (missing.length === 0) return refuseNumber(beyond);
  for (const question of missing) question.classList.add("missing-answer");
  mark(missing[0]);
  missing[0].scrollIntoView({ block: "nearest" });
  (missing[0].querySelector("input.figure") ?? missing[0].querySelector("input, button"))?.focus({ preventScroll: true });
  say(`${words().missing} ${missing.map((question) => question.dataset.question).join(", ")}`, true);
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || !event.target.matches?.("[data-flag-form]")) return;
  event.target.closest("dialog").close();
  card().querySelector("[data-flag]").firstChild.textContent = `${words().flagged} ✓ `;
  say(words().thanks);
});

// --- A new card ----------------------------------------------------------------------------------------------------

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "task-card") return;
  lastTick = performance.now();
  begin();
  if (typesText(document.activeElement)) return; // somebody was quicker than the settling, and is already writing
  card()?.querySelector("[data-start]")?.focus({ preventScroll: true });
});

function begin() {
  if (!form()) card()?.focus?.({ preventScroll: true });
  else draw();
  announce("rate:card");
}

function draw() {
  for (const range of form().querySelectorAll("[data-range]")) drawSlider(range);
  const problem = form().querySelector(".missing-answer");
  mark(problem ?? questions().find((question) => !isAnswered(question)) ?? first());
  const state = form().querySelector("[data-state]");
  state.classList.toggle("problem", state.textContent !== "");
}
document.addEventListener("rate:restored", draw);

// --- The guidelines, opened: what is shown is fetched again, for they may have been revised since the page came --------

document.addEventListener("click", (event) => {
  if (!event.target.closest?.('[data-dialog="guidelines"]') || !navigator.onLine) return;
  document.getElementById("guidelines-text").dispatchEvent(new Event("rate:guidelines"));
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-dismiss-break]")) event.target.closest("[data-break]").remove();
});

// --- The list of keys: what is on the page says by itself what its key does ------------------------------------------

document.addEventListener("click", (event) => {
  const list = event.target.closest?.('[data-dialog="keys"]') && document.querySelector("#keys .keys");
  if (!list) return;
  const rows = new Map();
  const places = ["#answer-form", "#task-card", "body"]; // what is used most comes first
  for (const source of places.flatMap((place) => [...document.querySelectorAll(`${place} [data-help]`)])) {
    if (!source.matches("template") && !source.checkVisibility()) continue;
    if (!rows.has(source.dataset.help)) rows.set(source.dataset.help, source.dataset.key ?? source.dataset.keys);
  }
  list.replaceChildren(...[...rows].map(([help, keys]) => keyRow(help, keys)));
}, true);

function keyRow(help, keys) {
  const row = document.createElement("div");
  const [term, meaning] = [document.createElement("dt"), document.createElement("dd")];
  for (const key of keys.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key.length === 1 ? key.toUpperCase() : key;
    term.append(cap, " ");
  }
  meaning.textContent = help;
  row.append(term, meaning);
  return row;
}

// The other scripts of the page are there when this event comes, whichever came first.
document.addEventListener("DOMContentLoaded", begin);
