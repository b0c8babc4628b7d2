// Reading: two answers as tabs on a phone or scrolled together on a wide screen, and a long prompt that folds.

const card = () => document.getElementById("task-card");
const isNarrow = () => matchMedia("(max-width: 899px)").matches;
const motion = () => (matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth");

// --- The prompt: what is beyond its share of the screen is one key away -----------------------------------------------

let watcher = null;

function watchPrompt() {
  watcher?.disconnect();
  const prompt = card()?.querySelector(".prompt");
  if (!prompt) return;
  if (isNarrow()) prompt.querySelector(".earlier")?.removeAttribute("open"); // three lines are for the last turn
  const more = prompt.querySelector("[data-more]");
  const text = prompt.querySelector(".prompt-text");
  const fold = () => {
    more.hidden = !prompt.classList.contains("all") && text.scrollHeight <= text.clientHeight + 2;
  };
  fold();
  watcher = new ResizeObserver(fold);
  watcher.observe(text);
}

document.addEventListener("click", (event) => {
  const more = event.target.closest?.("[data-more]");
  if (!more) return;
  const all = more.closest(".prompt").classList.toggle("all");
  more.querySelector("span").textContent = all ? more.dataset.less : more.dataset.all;
  more.setAttribute("aria-expanded", String(all));
  if (all) more.closest(".prompt").querySelector(".prompt-text").focus({ preventScroll: true });
});

// --- Two tabs ---------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const side = event.target.closest?.("[data-side]");
  if (!side) return;
  event.preventDefault();
  const pane = document.getElementById(side.dataset.side);
  pane.parentElement.scrollTo({ left: pane.offsetLeft - pane.parentElement.offsetLeft, behavior: motion() });
  pane.focus({ preventScroll: true });
});

function followSwipe(panes) {
  const second = panes.scrollLeft > panes.clientWidth / 2;
  const [a, b] = card().querySelectorAll("[data-side]");
  a.setAttribute("aria-current", String(!second));
  b.setAttribute("aria-current", String(second));
}

// --- Scrolling together ------------------------------------------------------------------------------------------------

const REMEMBERED = "jurybox:scroll-together";
const toggle = () => card()?.querySelector("[data-lock]");
const isLocked = () => toggle()?.getAttribute("aria-pressed") === "true";
const moved = new WeakMap(); // where this script put a pane, so that its own event is not answered

function follow(pane) {
  if (moved.get(pane) === Math.round(pane.scrollTop)) return moved.delete(pane);
  const room = pane.scrollHeight - pane.clientHeight;
  const share = room > 0 ? pane.scrollTop / room : 0;
  for (const other of card().querySelectorAll("[data-panes] > .pane")) {
    if (other === pane) continue;
    const top = Math.round(share * (other.scrollHeight - other.clientHeight));
    if (top === Math.round(other.scrollTop)) continue;
    moved.set(other, top);
    other.scrollTop = top;
  }
}

function lock(isOn) {
  toggle()?.setAttribute("aria-pressed", String(isOn));
  const pane = card()?.querySelector("[data-panes] > .pane:focus") ?? card()?.querySelector("[data-panes] > .pane");
  if (isOn && pane) follow(pane);
}

document.addEventListener("click", (event) => {
  if (!event.target.closest?.("[data-lock]")) return;
  lock(!isLocked());
  try {
    localStorage.setItem(REMEMBERED, isLocked() ? "1" : "");
  } catch {
    // storage is switched off: it holds for this card
  }
});

document.addEventListener("scroll", (event) => {
  if (event.target.matches?.("[data-panes]")) followSwipe(event.target);
  else if (event.target.matches?.("[data-panes] > .pane") && isLocked()) follow(event.target);
}, true);

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) === "1";
  } catch {
    return false;
  }
}

document.addEventListener("rate:card", () => {
  watchPrompt();
  if (remembered()) lock(true);
});
