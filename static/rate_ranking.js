// Several answers at once: a place for each, or the best and the worst. The radio buttons hold the answer; digits, arrow
// keys and buttons press them. Answers stay where they stand: nothing moves under the hand.

const form = () => document.getElementById("answer-form");
const listing = () => document.querySelector("#task-card [data-listing]");
const cards = () => [...(listing()?.querySelectorAll(".listed") ?? [])];
const isAsked = () => form()?.querySelector(".order")?.checkVisibility() ?? false; // a reviewer of a sample may leave it folded
const isRanking = () => listing()?.dataset.listing === "ranking";
const types = (element) =>
  element.closest?.('textarea, select, input:not([type="radio"], [type="checkbox"], [type="range"])')?.checkVisibility();

const placeOf = (one) => Number(one.querySelector(".places input:checked")?.value ?? 0);
const chosen = (name) => listing().querySelector(`input[name="${name}"]:checked`)?.value ?? "";

// --- The answer so far ---------------------------------------------------------------------------------------------

function draw() {
  const question = form()?.querySelector(".order");
  if (!listing() || !question) return;
  const done = isRanking() ? cards().every(placeOf) : chosen("best") !== "" && chosen("worst") !== "";
  question.dataset.answered = String(done || "optional" in question.dataset);
  if (done) question.classList.remove("missing-answer");
  for (const one of cards()) {
    one.classList.toggle("placed", isRanking() ? placeOf(one) > 0 : [chosen("best"), chosen("worst")].includes(one.dataset.label));
  }
  const line = question.querySelector("[data-order]");
  line.dataset.hint ??= line.textContent;
  line.textContent = (isRanking() ? order(line.dataset) : extremes(line.dataset)) || line.dataset.hint;
}

function order(words) {
  const open = cards().filter((one) => !placeOf(one)).map((one) => one.dataset.label);
  const places = [...new Set(cards().map(placeOf).filter(Boolean))].sort((a, b) => a - b);
  if (places.length === 0) return "";
  const groups = places.map((place) => cards().filter((one) => placeOf(one) === place).map((one) => one.dataset.label).join(" = "));
  return groups.join(" › ") + (open.length ? `   (${words.open} ${open.join(", ")})` : "");
}

function extremes(words) {
  const said = [["best", words.best], ["worst", words.worst]].filter(([name]) => chosen(name));
  return said.map(([name, word]) => `${word}: ${chosen(name)}`).join("   ");
}

function place(one, to) {
  const from = placeOf(one);
  const other = "ties" in listing().dataset ? null : cards().find((each) => each !== one && placeOf(each) === to);
  if (other) press(other, from); // two exchange their places; with none to give, the other waits for a new one
  press(one, to);
  changed();
}

function press(one, to) {
  for (const input of one.querySelectorAll(".places input")) input.checked = Number(input.value) === to;
}

function move(one, by) {
  const from = placeOf(one);
  const free = cards().map((_, at) => at + 1).filter((each) => !cards().some((card) => placeOf(card) === each));
  const to = from ? from + by : by < 0 ? free[0] : free.at(-1);
  if (to >= 1 && to <= cards().length) place(one, to);
}

function choose(one, name) {
  const other = name === "best" ? "worst" : "best";
  one.querySelector(`input[name="${name}"]`).checked = true;
  one.querySelector(`input[name="${other}"]`).checked = false;
  changed();
}

function changed() {
  draw();
  form()?.dispatchEvent(new Event("input", { bubbles: true })); // the answers stand outside the form; drafts are kept of it
}

// --- Which answer keys speak of --------------------------------------------------------------------------------------

const current = () => cards().find((one) => one.classList.contains("current")) ?? cards()[0];

function mark(one, { focus = true } = {}) {
  for (const each of cards()) each.classList.toggle("current", each === one);
  if (!focus) return;
  one.focus({ preventScroll: true });
  one.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = cards();
  mark(all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + by))]);
}

function next() {
  const all = cards();
  const after = all.slice(all.indexOf(current()) + 1);
  const open = [...after, ...all].find((one) => !placeOf(one));
  if (open) mark(open);
  else form().querySelector("[data-next]").focus({ preventScroll: true });
}

const KEYS = {
  ArrowUp: () => step(-1),
  ArrowDown: () => step(1),
  ArrowLeft: () => isRanking() && move(current(), -1),
  ArrowRight: () => isRanking() && move(current(), 1),
  b: () => !isRanking() && choose(current(), "best"),
  w: () => !isRanking() && choose(current(), "worst"),
  e: () => unfold(current()),
};

document.addEventListener("keydown", (event) => {
  if (!listing() || form()?.inert || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog:modal") || types(event.target)) return;
  if (event.target.closest?.("#answer-form .question:not(.order), .confidence, .rate-head, .prompt")) return;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const digit = /^[1-8]$/.test(key) && Number(key) <= cards().length ? Number(key) : 0;
  if (!digit && !(key in KEYS)) return;
  if (!digit && !isRanking() && ["ArrowLeft", "ArrowRight"].includes(key)) return;
  if (isRanking() && ["b", "w"].includes(key)) return;
  if (!isAsked() && !["ArrowUp", "ArrowDown", "e"].includes(key)) return; // the list is there to be read
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!digit) KEYS[key]();
  else if (isRanking()) { place(current(), digit); next(); }
  else mark(cards()[digit - 1]);
}, true);

document.addEventListener("focusin", (event) => {
  const one = event.target.closest?.(".listed");
  if (one) mark(one, { focus: false });
});

document.addEventListener("change", (event) => {
  const one = event.target.closest?.(".listed");
  if (!one) return;
  mark(one, { focus: false });
  if (!isRanking()) return choose(one, event.target.name);
  const to = placeOf(one);
  const other = "ties" in listing().dataset ? null : cards().find((each) => each !== one && placeOf(each) === to);
  if (other) press(other, 0);
  changed();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-move]");
  if (button) move(button.closest(".listed"), Number(button.dataset.move));
  const more = event.target.closest?.("[data-unfold]");
  if (more) unfold(more.closest(".listed"));
});

// --- Long answers fold -------------------------------------------------------------------------------------------------

function unfold(one) {
  const more = one.querySelector("[data-unfold]");
  if (more.hidden) return;
  const isOpen = one.classList.toggle("unfolded");
  more.textContent = isOpen ? listing().dataset.less : listing().dataset.all;
  more.setAttribute("aria-expanded", String(isOpen));
  one.scrollIntoView({ block: "nearest" });
}

document.addEventListener("rate:card", () => {
  if (!listing()) return;
  for (const one of cards()) {
    one.classList.add("folds");
    const text = one.querySelector("[data-fold]");
    one.querySelector("[data-unfold]").hidden = text.scrollHeight <= text.clientHeight + 2;
    one.classList.toggle("folds", text.scrollHeight > text.clientHeight + 2);
  }
  mark(cards().find((one) => !isRanking() || !placeOf(one)) ?? cards()[0], { focus: false });
  draw();
});
document.addEventListener("rate:restored", draw);
