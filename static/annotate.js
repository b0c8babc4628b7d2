// The annotator's page: digits answer, drafts are kept, time is counted while somebody is there.
// Everything is looked up when it is needed, because htmx swaps the card; without this script plain forms do the work.

const DRAFT_DELAY = 700; // ms after the last change
const HEARTBEAT = 60_000;
const IDLE_AFTER = 60_000; // no key, pointer or scroll for this long: not reading any more

const card = () => document.getElementById("task-card");
const form = () => document.getElementById("answer-form");
const questions = () => [...(form()?.querySelectorAll(".question") ?? [])];
const isAnswered = (question) =>
  question.querySelector("input[type=radio]:checked") !== null ||
  (question.querySelector("input.figure")?.value.trim() ?? "") !== "";

// --- The question that digits answer -------------------------------------------------------------------------------

function mark(question) {
  for (const other of questions()) other.classList.toggle("current", other === question);
}

const current = () =>
  questions().find((question) => question.classList.contains("current")) ?? questions()[0];

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
  element.closest?.('textarea, select, input:not([type="radio"], [type="checkbox"], [type="range"])') !== null;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Enter" && event.target.closest?.("#answer-form")) form().requestSubmit();
    return;
  }
  if (!form() || document.querySelector("dialog:modal") || event.repeat) return;
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
  else if (figure.value.trim() !== "" && !Number.isNaN(Number(figure.value))) slider.value = figure.value;
  slider.classList.toggle("unset", figure.value.trim() === "");
});

// --- Time: visible and not idle ------------------------------------------------------------------------------------

let lastSign = performance.now();
let lastTick = performance.now();
for (const kind of ["keydown", "pointermove", "pointerdown", "wheel", "touchmove"]) {
  document.addEventListener(kind, () => { lastSign = performance.now(); }, { passive: true });
}

function tick() {
  const now = performance.now();
  const field = form()?.elements.active_ms;
  const there = document.visibilityState === "visible" && now - lastSign < IDLE_AFTER;
  if (field && there) field.value = String(Math.round(Number(field.value) + Math.min(now - lastTick, 2000)));
  lastTick = now;
}
setInterval(tick, 1000);

// --- Drafts and heartbeats -----------------------------------------------------------------------------------------

let timer = 0;
let unsaved = false;
let lastContact = performance.now();

function say(text, isProblem = false) {
  const state = form()?.querySelector("[data-state]");
  if (!state) return;
  state.textContent = text;
  state.classList.toggle("problem", isProblem);
}

async function send(address, body) {
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? form().elements.csrfmiddlewaretoken.value;
  const headers = { "X-CSRFToken": token, "X-Requested-With": "fetch" };
  const answer = await fetch(address, { method: "POST", body, headers, keepalive: true, redirect: "manual" });
  if (answer.type === "opaqueredirect") throw new Error("You are signed out. Sign in in another tab to keep this.");
  const result = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(result.detail ?? `Not saved: the server answered ${answer.status}.`);
  return result;
}

async function saveDraft() {
  clearTimeout(timer);
  const frame = card();
  if (!unsaved || !frame?.dataset.draft) return;
  unsaved = false;
  tick();
  try {
    const { held } = await send(frame.dataset.draft, new FormData(form()));
    if (frame !== card()) return;
    lastContact = performance.now();
    say(held ? "Draft saved" : "Kept, but passed on to another person meanwhile");
  } catch (error) {
    if (frame !== card()) return;
    unsaved = true;
    say(error instanceof TypeError ? "Not saved: no connection. Trying again." : error.message, true);
    if (error instanceof TypeError) timer = setTimeout(saveDraft, 5000);
  }
}

document.addEventListener("input", (event) => {
  if (!event.target.closest?.("#answer-form")) return;
  unsaved = true;
  clearTimeout(timer);
  timer = setTimeout(saveDraft, DRAFT_DELAY);
});
document.addEventListener("change", (event) => {
  if (!event.target.closest?.("#answer-form") || event.target.type !== "radio") return;
  unsaved = true;
  clearTimeout(timer);
  timer = setTimeout(saveDraft, DRAFT_DELAY);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") saveDraft();
});

setInterval(() => {
  const address = card()?.dataset.heartbeat;
  const now = performance.now();
  const there = document.visibilityState === "visible" && now - lastSign < 5 * IDLE_AFTER;
  if (!address || !there || now - lastContact < HEARTBEAT) return;
  lastContact = now;
  send(address, new FormData(form())).catch(() => {}); // the next draft or answer says what is wrong
}, 10_000);

// --- Sending -------------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  tick();
  const missing = questions().filter((question) => !isAnswered(question));
  if (missing.length === 0) {
    clearTimeout(timer);
    unsaved = false;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  for (const question of missing) question.classList.add("missing-answer");
  mark(missing[0]);
  missing[0].scrollIntoView({ block: "nearest" });
  (missing[0].querySelector("input.figure") ?? missing[0].querySelector("input")).focus({ preventScroll: true });
  const names = missing.map((question) => question.dataset.question).join(", ");
  say(`Answer first: ${names}`, true);
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful || !event.target.matches?.("[data-flag-form]")) return;
  event.target.closest("dialog").close();
  card().querySelector("[data-flag]").firstChild.textContent = "Flagged ✓ ";
  say("Flagged. Thank you.");
});

// --- A new card ----------------------------------------------------------------------------------------------------

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "task-card") return;
  lastTick = lastContact = performance.now();
  unsaved = false;
  clearTimeout(timer);
  begin();
  if (typesText(document.activeElement)) return; // somebody was quicker than the settling, and is already writing
  card()?.querySelector("[data-start]")?.focus({ preventScroll: true });
});

function begin() {
  if (!form()) return card()?.focus?.({ preventScroll: true });
  for (const range of form().querySelectorAll("[data-range]")) {
    const [slider, figure] = range.querySelectorAll("input");
    slider.hidden = false;
    slider.classList.toggle("unset", figure.value.trim() === "");
    if (figure.value.trim() !== "") slider.value = figure.value;
  }
  const problem = form().querySelector(".missing-answer");
  mark(problem ?? questions().find((question) => !isAnswered(question)) ?? questions()[0]);
  if (form().querySelector("[data-state]").textContent) form().querySelector("[data-state]").classList.add("problem");
  watchPrompt();
}

const isNarrow = () => matchMedia("(max-width: 899px)").matches;

function watchPrompt() {
  const prompt = card().querySelector(".prompt");
  if (isNarrow()) prompt.querySelector(".earlier")?.removeAttribute("open"); // three lines are for the last turn
  const more = prompt.querySelector("[data-more]");
  const text = prompt.querySelector(".prompt-text");
  const show = () => {
    more.hidden = !isNarrow() || (!prompt.classList.contains("all") && text.scrollHeight <= text.clientHeight + 2);
  };
  show();
  new ResizeObserver(show).observe(text);
}

document.addEventListener("click", (event) => {
  const more = event.target.closest?.("[data-more]");
  if (more) {
    const all = more.closest(".prompt").classList.toggle("all");
    more.textContent = all ? "Show less" : "Show all";
    more.setAttribute("aria-expanded", String(all));
  }
  const side = event.target.closest?.("[data-side]");
  if (side) {
    event.preventDefault();
    const pane = document.getElementById(side.dataset.side);
    pane.parentElement.scrollTo({ left: pane.offsetLeft - pane.parentElement.offsetLeft, behavior: motion() });
    pane.focus({ preventScroll: true });
  }
});

const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");

// A swipe changes the tab as a tap does.
document.addEventListener("scroll", (event) => {
  if (!event.target.matches?.("[data-panes]")) return;
  const second = event.target.scrollLeft > event.target.clientWidth / 2;
  const [a, b] = card().querySelectorAll("[data-side]");
  a.setAttribute("aria-current", String(!second));
  b.setAttribute("aria-current", String(second));
}, true);

begin();
