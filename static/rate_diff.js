// Which words of A and B differ: marks over what is on the screen, taken off again by the same key. The texts that are
// rated, and what is stored of them, stay as they are.

const REMEMBERED = "jurybox:differences";
const MOST_WORDS = 12_000; // of one text; the table below takes a bit per pair of words: 18 MB at this size
const MOST_MARKED = 20_000;

const card = () => document.getElementById("task-card");
const toggle = () => card()?.querySelector("[data-diff]");
const segmenter = new Intl.Segmenter(undefined, { granularity: "word" }); // also where no spaces stand between words

// Words in the order of the page, each with its place. A formula is one word.
function wordsOf(pane) {
  const found = [];
  const isFormula = (node) => node.nodeType === Node.ELEMENT_NODE && node.localName === "math";
  const accept = (node) =>
    isFormula(node) || node.nodeType === Node.TEXT_NODE ? NodeFilter.FILTER_ACCEPT
      : node.matches(".pane-label") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_SKIP;
  const walker = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT, accept);
  let formula = null;
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (formula?.contains(node)) continue;
    if (isFormula(node)) {
      formula = node;
      found.push({ text: node.textContent, node, start: 0, end: 0 });
      continue;
    }
    for (const { segment, index, isWordLike } of segmenter.segment(node.data)) {
      if (isWordLike) found.push({ text: segment, node, start: index, end: index + segment.length });
    }
  }
  return found;
}

// The longest common subsequence with one bit per pair (Hyyrö 2004): in row j, bit i is 0 where word i of A takes part.
export function common(a, b) {
  const size = Math.ceil(a.length / 32);
  const places = new Map();
  a.forEach((word, i) => {
    if (!places.has(word)) places.set(word, new Uint32Array(size));
    places.get(word)[i >>> 5] |= 1 << (i & 31);
  });
  const none = new Uint32Array(size);
  const rows = [new Uint32Array(size).fill(0xffffffff)];
  for (const word of b) rows.push(nextRow(rows[rows.length - 1], places.get(word) ?? none, size));
  return traced(rows, a.length);
}

function nextRow(row, match, size) {
  const next = new Uint32Array(size);
  let carry = 0;
  for (let k = 0; k < size; k += 1) {
    const both = (row[k] & match[k]) >>> 0;
    const sum = row[k] + both + carry;
    carry = sum > 0xffffffff ? 1 : 0;
    next[k] = (sum >>> 0) | (row[k] & ~match[k]);
  }
  return next;
}

function traced(rows, length) {
  const isSet = (j, i) => (rows[j][i >>> 5] >>> (i & 31)) & 1;
  const [inA, inB] = [new Set(), new Set()];
  for (let i = length - 1, j = rows.length - 1; i >= 0 && j > 0;) {
    if (isSet(j, i)) i -= 1;
    else if (!isSet(j - 1, i)) j -= 1;
    else {
      inA.add(i);
      inB.add(j - 1);
      i -= 1;
      j -= 1;
    }
  }
  return [inA, inB];
}

// --- Marks ---------------------------------------------------------------------------------------------------------------

function mark(words) {
  for (const run of runs(words).reverse()) { // from the back, so that the places in a text node stay right
    if (run.node.localName === "math") {
      run.node.classList.add("differs");
      continue;
    }
    const range = document.createRange();
    range.setStart(run.node, run.start);
    range.setEnd(run.node, run.end);
    const around = document.createElement("mark");
    around.className = "differs";
    range.surroundContents(around);
  }
}

// Words that follow each other in one text node are one mark, with what is between them.
function runs(words) {
  const found = [];
  for (const word of words) {
    const last = found[found.length - 1];
    if (last && last.node === word.node && last.at + 1 === word.at) Object.assign(last, { end: word.end, at: word.at });
    else found.push({ ...word });
  }
  return found;
}

function clear() {
  for (const around of card().querySelectorAll("mark.differs")) {
    const parent = around.parentNode;
    around.replaceWith(...around.childNodes);
    parent.normalize();
  }
  for (const formula of card().querySelectorAll("math.differs")) formula.classList.remove("differs");
}

function compare() {
  const [a, b] = [...card().querySelectorAll("[data-panes] > .pane")].map(wordsOf);
  if (Math.max(a.length, b.length) > MOST_WORDS) return say(toggle().dataset.long);
  const [inA, inB] = common(a.map((word) => word.text), b.map((word) => word.text));
  const apart = [[a, inA], [b, inB]].map(([words, shared]) =>
    words.map((word, at) => ({ ...word, at })).filter((word) => !shared.has(word.at)));
  if (apart[0].length + apart[1].length > MOST_MARKED) return say(toggle().dataset.long);
  apart.forEach(mark);
  return say(apart[0].length + apart[1].length === 0 ? toggle().dataset.same
    : toggle().dataset.found.replace("{a}", apart[0].length).replace("{b}", apart[1].length));
}

const say = (text) => document.dispatchEvent(new CustomEvent("rate:say", { detail: { text, problem: false } }));

function turn(isOn) {
  toggle().setAttribute("aria-pressed", String(isOn));
  clear();
  if (isOn) compare();
  else say("");
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-diff]")) return;
  const isOn = toggle().getAttribute("aria-pressed") !== "true";
  turn(isOn);
  try {
    localStorage.setItem(REMEMBERED, isOn ? "1" : "");
  } catch {
    // storage is switched off: it holds for this card
  }
});

document.addEventListener("rate:card", () => {
  try {
    if (toggle() && localStorage.getItem(REMEMBERED) === "1") turn(true);
  } catch {
    // as above
  }
});
