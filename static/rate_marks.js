// Marking places in the answer, each with a kind and how bad it is. The text itself is never touched: marks are drawn
// over it, and kept in a hidden field as [{start, end, text, category, severity}], counted in code points of the text.

const card = () => document.getElementById("task-card");
const form = () => document.getElementById("answer-form");
const answer = () => document.querySelector("#answer .rendered");
const fields = () => [...(form()?.querySelectorAll("[data-marks]") ?? [])];
const say = (text, problem = false) => document.dispatchEvent(new CustomEvent("rate:say", { detail: { text, problem } }));
const types = (element) =>
  element.closest?.('textarea, select, input:not([type="radio"], [type="checkbox"], [type="range"])')?.checkVisibility();

const MOST = 100;
const SHADES = 4; // of the style sheet: the mildest to the worst severity

// --- Places: UTF-16 in the page, code points in what is kept ---------------------------------------------------------

const plain = () => answer()?.textContent ?? "";
const pointsBefore = (text, at) => [...text.slice(0, at)].length;
const unitsBefore = (text, points) => [...text].slice(0, points).join("").length;

function textNodes() {
  const walker = document.createTreeWalker(answer(), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  return found;
}

// The range between two places of the text.
function rangeOf(start, end) {
  const range = document.createRange();
  let at = 0;
  let begun = false;
  for (const node of textNodes()) {
    const next = at + node.data.length;
    if (!begun && start < next) {
      range.setStart(node, start - at);
      begun = true;
    }
    if (begun && end <= next) {
      range.setEnd(node, end - at);
      return range;
    }
    at = next;
  }
  return null;
}

function placeOf(node, offset) {
  const before = document.createRange();
  before.setStart(answer(), 0);
  before.setEnd(node, offset);
  return before.toString().length;
}

// What is selected in the answer, without the space around it; null where that is nothing.
function selected() {
  const selection = getSelection();
  if (!answer() || selection.rangeCount === 0 || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!range.intersectsNode(answer())) return null;
  const inside = document.createRange();
  inside.selectNodeContents(answer());
  if (range.compareBoundaryPoints(Range.START_TO_START, inside) > 0) inside.setStart(range.startContainer, range.startOffset);
  if (range.compareBoundaryPoints(Range.END_TO_END, inside) < 0) inside.setEnd(range.endContainer, range.endOffset);
  const start = placeOf(inside.startContainer, inside.startOffset);
  const text = inside.toString();
  const lead = text.length - text.trimStart().length;
  const trimmed = text.trim();
  return trimmed ? { start: start + lead, end: start + lead + trimmed.length } : null;
}

// --- The marks of a field ----------------------------------------------------------------------------------------------

const store = (field) => field.querySelector('input[type="hidden"]');
const dialogOf = (field) => document.getElementById(field.dataset.marks);

function marksOf(field) {
  try {
    return JSON.parse(store(field).value || "[]");
  } catch {
    return [];
  }
}

function keep(field, marks) {
  store(field).value = JSON.stringify(marks.sort((a, b) => a.start - b.start));
  for (const name of ["input", "change"]) store(field).dispatchEvent(new Event(name, { bubbles: true }));
  draw();
}

function draw() {
  const shades = Array.from({ length: SHADES }, () => []);
  for (const field of fields()) {
    const marks = marksOf(field);
    const question = field.closest(".question");
    question.dataset.answered = String(!question.hasAttribute("data-required") || marks.length > 0);
    field.querySelector("[data-mark-list]").replaceChildren(...marks.map((mark, at) => entry(field, mark, at)));
    if (marks.length === 0) field.querySelector("[data-mark-list]").append(nothing(field));
    for (const mark of marks) shades[shadeOf(field, mark)].push(rangeIn(mark));
  }
  if (!globalThis.CSS?.highlights) return; // the list says the same
  shades.forEach((ranges, at) => CSS.highlights.set(`mark-${at + 1}`, new Highlight(...ranges.filter(Boolean))));
}

function rangeIn(mark) {
  const text = plain();
  return rangeOf(unitsBefore(text, mark.start), unitsBefore(text, mark.end));
}

function shadeOf(field, mark) {
  const severities = [...dialogOf(field).querySelectorAll('[name="severity"]')].map((each) => each.value);
  if (severities.length < 2) return 1;
  return Math.round((severities.indexOf(mark.severity) * (SHADES - 1)) / (severities.length - 1));
}

const whatOf = (mark) => [mark.category, mark.severity].filter(Boolean).join(", ");

function entry(field, mark, at) {
  const item = document.createElement("li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = `mark-entry shade-${shadeOf(field, mark) + 1}`;
  button.dataset.change = String(at);
  const [quote, what] = [document.createElement("q"), document.createElement("span")];
  quote.textContent = mark.text;
  quote.dir = "auto";
  what.textContent = whatOf(mark);
  button.append(quote, what);
  const label = field.dataset.change.replace("{n}", at + 1).replace("{text}", mark.text).replace("{what}", whatOf(mark));
  button.setAttribute("aria-label", label);
  item.append(button);
  return item;
}

function nothing(field) {
  const item = document.createElement("li");
  item.className = "quiet small";
  item.textContent = field.dataset.none;
  return item;
}

// --- The dialog: what kind, and how bad ---------------------------------------------------------------------------------

let open = null; // {field, place, changes}: the place in UTF-16; the mark that it changes, else -1

function ask(field, place, changes = -1) {
  const marks = marksOf(field);
  const text = plain();
  const [start, end] = [pointsBefore(text, place.start), pointsBefore(text, place.end)];
  if (marks.some((mark, at) => at !== changes && mark.start < end && start < mark.end)) return say(field.dataset.overlaps, true);
  if (changes < 0 && marks.length >= MOST) return say(field.dataset.full.replace("{n}", MOST), true);
  open = { field, changes, mark: { start, end, text: text.slice(place.start, place.end) }, place };
  const dialog = dialogOf(field);
  dialog.querySelector("[data-quote]").textContent = open.mark.text;
  const given = marks[changes] ?? {};
  for (const each of dialog.querySelectorAll('[type="radio"]')) each.checked = given[each.name] === each.value;
  dialog.querySelector("[data-unmark]").hidden = changes < 0;
  dialog.showModal();
  dialog.querySelector('[name="category"]:checked, [name="category"]').focus();
}

function take(dialog) {
  const chosen = (name) => dialog.querySelector(`[name="${name}"]:checked`)?.value ?? null;
  const mark = { ...open.mark, category: chosen("category"), severity: chosen("severity") };
  const marks = marksOf(open.field).filter((_, at) => at !== open.changes);
  keep(open.field, [...marks, mark]);
  say("");
  dialog.close();
}

function ended() {
  const last = open?.place.end ?? 0;
  open = null;
  getSelection().removeAllRanges();
  if (walk) stepTo(words().findIndex((word) => word.start >= last), false);
  document.getElementById("answer").focus({ preventScroll: true });
}

document.addEventListener("close", (event) => {
  if (event.target.matches?.(".mark-dialog")) ended();
}, true);

document.addEventListener("submit", (event) => {
  if (!event.target.closest(".mark-dialog")) return;
  event.preventDefault();
  if (open) take(event.target.closest(".mark-dialog"));
}, true);

document.addEventListener("keydown", (event) => {
  const dialog = event.target.closest?.(".mark-dialog");
  if (!dialog || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Delete") return unmark(dialog);
  if (event.key === "Enter" && event.target.matches('[type="radio"]')) {
    event.preventDefault();
    dialog.querySelector("form").requestSubmit();
    return;
  }
  if (!/^[1-9]$/.test(event.key)) return;
  const groups = [...dialog.querySelectorAll("[data-group]")];
  const group = groups.find((each) => !each.querySelector(":checked")) ?? event.target.closest("[data-group]") ?? groups[0];
  const option = group.querySelector(`[data-pick="${event.key}"]`);
  if (!option) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pick(dialog, option);
}, true);

// A digit or a tap decides; once all is said, a new mark is there.
function pick(dialog, option) {
  option.checked = true;
  const empty = [...dialog.querySelectorAll("[data-group]")].find((each) => !each.querySelector(":checked"));
  if (empty) empty.querySelector("input").focus();
  else if (open.changes < 0) take(dialog);
  else option.focus();
}

document.addEventListener("click", (event) => {
  const option = event.target.closest?.(".mark-dialog [type=radio]");
  if (option && event.detail > 0) pick(option.closest("dialog"), option);
  const away = event.target.closest?.("[data-unmark]");
  if (away) unmark(away.closest("dialog"));
  const listed = event.target.closest?.("[data-change][class~=mark-entry]");
  if (listed) change(listed.closest("[data-marks]"), Number(listed.dataset.change));
});

function change(field, at) {
  const mark = marksOf(field)[at];
  const text = plain();
  ask(field, { start: unitsBefore(text, mark.start), end: unitsBefore(text, mark.end) }, at);
}

function unmark(dialog) {
  if (!open || open.changes < 0) return;
  keep(open.field, marksOf(open.field).filter((_, at) => at !== open.changes));
  dialog.close();
}

// --- By pointer: what was selected is marked; a mark that is pressed is changed ----------------------------------------

document.addEventListener("pointerup", (event) => {
  if (event.pointerType !== "mouse" || event.button !== 0 || fields().length === 0) return;
  if (!event.target.closest?.("#answer")) return;
  setTimeout(() => { // the selection is there after this event
    const place = selected();
    if (place) ask(fields()[0], place);
    else changeAt(event);
  });
});

function changeAt(event) {
  if (event.target.closest("a") || !document.caretPositionFromPoint) return;
  const caret = document.caretPositionFromPoint(event.clientX, event.clientY);
  if (!caret || !answer().contains(caret.offsetNode)) return;
  const at = pointsBefore(plain(), placeOf(caret.offsetNode, caret.offset));
  for (const field of fields()) {
    const found = marksOf(field).findIndex((mark) => mark.start <= at && at < mark.end);
    if (found >= 0) return change(field, found);
  }
}

// A press on the button must not take the selection away before it is read.
document.addEventListener("mousedown", (event) => {
  if (event.target.closest?.("[data-mark]")) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-mark]");
  if (!button) return;
  const field = button.closest("[data-marks]");
  const place = selected();
  if (place) ask(field, place);
  else if (matchMedia("(pointer: coarse)").matches && event.detail > 0) say(field.dataset.nothing, true);
  else begin(field);
});

// --- By keyboard: from word to word -----------------------------------------------------------------------------------

let walk = null; // {field, from, to}: places among the words
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" }); // also where no spaces stand between words

function words() {
  const found = [];
  for (const { segment, index } of segmenter.segment(plain())) {
    if (/[^\s\p{P}]/u.test(segment)) found.push({ start: index, end: index + segment.length });
  }
  return found;
}

function begin(field) {
  if (words().length === 0) return;
  walk = { field, from: 0, to: 0 };
  document.getElementById("answer").focus({ preventScroll: true });
  const last = marksOf(field).at(-1);
  const after = last ? words().findIndex((word) => word.start >= unitsBefore(plain(), last.end)) : 0;
  stepTo(after, false);
  say(field.dataset.marking);
}

function stepTo(to, holds) {
  const all = words();
  const at = Math.min(all.length - 1, Math.max(0, to));
  walk = { ...walk, from: holds ? walk.from : at, to: at };
  const [low, high] = [Math.min(walk.from, at), Math.max(walk.from, at)];
  const range = rangeOf(all[low].start, all[high].end);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  reveal(rangeOf(all[at].start, all[at].end));
}

function reveal(range) {
  const pane = document.getElementById("answer");
  const [box, frame] = [range.getBoundingClientRect(), pane.getBoundingClientRect()];
  if (box.bottom > frame.bottom - 8) pane.scrollTop += box.bottom - frame.bottom + 40;
  if (box.top < frame.top + 8) pane.scrollTop -= frame.top - box.top + 40;
}

// The word of the next or the last line that stands nearest under or over this one.
function lineStep(by) {
  const all = words();
  const boxOf = (at) => rangeOf(all[at].start, all[at].end).getBoundingClientRect();
  const here = boxOf(walk.to);
  let best = walk.to;
  let line = null;
  for (let at = walk.to + by; at >= 0 && at < all.length; at += by) {
    const box = boxOf(at);
    if (Math.abs(box.top - here.top) < here.height / 2) continue;
    line ??= box.top;
    if (Math.abs(box.top - line) > here.height / 2) break;
    if (best === walk.to || Math.abs(box.left - here.left) < Math.abs(boxOf(best).left - here.left)) best = at;
  }
  return best;
}

const STEPS = {
  ArrowRight: () => walk.to + 1,
  ArrowLeft: () => walk.to - 1,
  ArrowDown: () => lineStep(1),
  ArrowUp: () => lineStep(-1),
  Home: () => 0,
  End: () => words().length - 1,
};

document.addEventListener("keydown", (event) => {
  if (!walk || document.querySelector("dialog:modal") || types(event.target)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Shift") return;
  if (event.key in STEPS) stepTo(STEPS[event.key](), event.shiftKey);
  else if (event.key === "Enter" || event.key === " ") {
    const place = selected();
    if (place) ask(walk.field, place);
  }
  else {
    const ends = ["Escape", "m", "M"].includes(event.key);
    stop();
    if (!ends) return; // any other key means what it always means
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

function stop() {
  if (!walk) return;
  walk = null;
  getSelection().removeAllRanges();
  say("");
}

document.addEventListener("pointerdown", (event) => {
  if (!event.target.closest?.(".mark-dialog")) stop();
});

for (const name of ["rate:card", "rate:restored"]) {
  document.addEventListener(name, () => {
    walk = open = null;
    draw();
  });
}
