// What is asked beside the scores: reasons to tick, words, and whether an answer must say how sure it is and why.

const card = () => document.getElementById("task-card");
const form = () => document.getElementById("answer-form");
const remarks = () => [...(form()?.querySelectorAll('[data-remark="tags"], [data-remark="text"]') ?? [])];
const say = (text, problem = false) => document.dispatchEvent(new CustomEvent("rate:say", { detail: { text, problem } }));
const types = (element) =>
  element.closest?.('textarea, select, input:not([type="radio"], [type="checkbox"], [type="range"])')?.checkVisibility();

function isGiven(remark) {
  return remark.querySelector("input:checked") !== null || (remark.querySelector("textarea")?.value.trim() ?? "") !== "";
}

function settle(remark) {
  remark.dataset.answered = String(!remark.hasAttribute("data-required") || isGiven(remark));
  if (remark.dataset.answered === "true") remark.classList.remove("missing-answer");
}

document.addEventListener("input", (event) => {
  const remark = event.target.closest?.('[data-remark="tags"], [data-remark="text"]');
  if (remark) settle(remark);
});
for (const name of ["rate:card", "rate:restored"]) {
  document.addEventListener(name, () => remarks().forEach(settle));
}

// T goes to the next of them; there, digits tick reasons and take them off again.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !form() || form().inert) return;
  if (document.querySelector("dialog:modal") || types(event.target)) return;
  const here = event.target.closest?.("[data-remark]");
  if (event.key.toLowerCase() === "t" && remarks().length > 0) {
    const all = remarks();
    const next = all[(all.indexOf(here) + 1) % all.length];
    handled(event);
    next.querySelector("input, textarea").focus({ focusVisible: true });
    next.scrollIntoView({ block: "nearest" });
    return;
  }
  const tag = /^[1-9]$/.test(event.key) && here?.querySelector(`[data-tag="${event.key}"]`);
  if (!tag) return;
  handled(event);
  tag.checked = !tag.checked;
  tag.dispatchEvent(new Event("input", { bubbles: true }));
  tag.focus({ focusVisible: true });
}, true);

function handled(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

// --- How sure, and why: where a campaign requires them -----------------------------------------------------------------

document.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  const empty = [...form().querySelectorAll("[data-must]")].filter((one) => !isGiven(one));
  for (const one of empty) one.classList.add("missing-answer");
  if (empty.length === 0) return;
  handled(event);
  empty[0].querySelector("input, textarea").focus({ focusVisible: true });
  say(`${document.getElementById("rate-words").dataset.missing} ${empty.map((one) => one.dataset.must).join(", ")}`, true);
}, true);

document.addEventListener("input", (event) => {
  event.target.closest?.("[data-must]")?.classList.remove("missing-answer");
});

// Sure from 1 to 5 by Alt and a digit, wherever the focus is.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || document.querySelector("dialog:modal")) return;
  const digit = /^Digit([1-5])$/.exec(event.code)?.[1];
  const dot = digit && card() && form()?.querySelector(`input[name="confidence"][value="${digit}"]`);
  if (!dot) return;
  event.preventDefault();
  dot.checked = true;
  dot.dispatchEvent(new Event("input", { bubbles: true }));
  dot.dispatchEvent(new Event("change", { bubbles: true }));
});

// --- The reference stands beside the prompt where there is room for it -------------------------------------------------

document.addEventListener("rate:card", () => {
  const reference = card()?.querySelector(".prompt > .reference");
  if (reference && matchMedia("(min-width: 1200px)").matches) reference.open = true;
});
