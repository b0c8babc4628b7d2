// Nothing entered is lost. What differs from the server's draft has a copy on this device, under the task's token and
// without the texts that are rated; it goes when the server has confirmed it. What was sent without an answer from the
// server is sent again, with the same key, so that it counts once.

const PREFIX = "jurybox:answer:";
const KEPT_FOR = 14 * 24 * 3600 * 1000; // ms
const AFTER_CHANGE = 600; // ms from the last change to a draft,
const AT_MOST = 1500; //     and from the first: whoever goes on typing is saved too
const TRY_AGAIN = 4000; // ms; the first time sooner, for most gaps are short
const TRY_SOON = 1000;
const HEARTBEAT = 60_000;
const GONE = [0, 502, 503, 504]; // no answer, or one of a proxy whose server is being restarted

const card = () => document.getElementById("task-card");
const form = () => document.getElementById("answer-form");
const token = () => card()?.dataset.token;
const words = () => document.getElementById("rate-words").dataset;
const say = (text, problem = false) => document.dispatchEvent(new CustomEvent("rate:say", { detail: { text, problem } }));

// --- The copy on this device ---------------------------------------------------------------------------------------

function entered() {
  return [...new FormData(form())].filter(([name]) => name !== "csrfmiddlewaretoken");
}

function copyOf(name) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + name));
  } catch {
    return null; // storage is switched off, or holds what we did not write
  }
}

function keepHere(isHeld = false) {
  try {
    localStorage.setItem(PREFIX + token(), JSON.stringify({ at: Date.now(), held: isHeld, fields: entered() }));
  } catch {
    // full or switched off: the draft on the server is what there is
  }
}

function forget(name) {
  try {
    localStorage.removeItem(PREFIX + name);
  } catch {
    // as above
  }
}

function forgetOld() {
  try {
    for (const name of Object.keys(localStorage).filter((each) => each.startsWith(PREFIX))) {
      if (!(copyOf(name.slice(PREFIX.length))?.at > Date.now() - KEPT_FOR)) localStorage.removeItem(name);
    }
  } catch {
    // as above
  }
}

function restore(copy) {
  const given = new Map(copy.fields);
  for (const field of form().elements) {
    if (!field.name || field.name === "csrfmiddlewaretoken") continue;
    // An answer that was not sent needs no key of before, and goes by the guidelines that this page shows.
    if (["key", "guidelines"].includes(field.name) && !copy.held) continue;
    if (["radio", "checkbox"].includes(field.type)) field.checked = copy.fields.some(([n, v]) => n === field.name && v === field.value);
    else if (given.has(field.name)) field.value = given.get(field.name);
  }
  document.dispatchEvent(new CustomEvent("rate:restored"));
}

// --- Drafts on the server ------------------------------------------------------------------------------------------

let timer = 0;
let firstChange = 0;
let changes = 0; // since the card came
let saving = false;
let lastContact = performance.now();

function changed(event) {
  if (!event.target.closest?.("#answer-form")) return;
  if (event.type === "change" && event.target.matches('textarea, input[type="text"]')) return; // came as input
  changes += 1;
  keepHere();
  firstChange ||= performance.now();
  saveIn(Math.min(AFTER_CHANGE, Math.max(0, firstChange + AT_MOST - performance.now())));
}
document.addEventListener("input", changed);
document.addEventListener("change", changed);

function saveIn(ms) {
  clearTimeout(timer);
  timer = setTimeout(saveDraft, ms);
}

async function send(address) {
  const fresh = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? form().elements.csrfmiddlewaretoken.value;
  const headers = { "X-CSRFToken": fresh, "X-Requested-With": "fetch" };
  const body = new FormData(form());
  const answer = await fetch(address, { method: "POST", body, headers, keepalive: true, redirect: "manual" });
  const result = answer.type === "opaqueredirect" ? {} : await answer.json().catch(() => ({}));
  return { status: answer.type === "opaqueredirect" ? 401 : answer.status, ...result };
}

async function saveDraft() {
  clearTimeout(timer);
  if (!firstChange || saving || !card()?.dataset.draft) return;
  const [here, upTo] = [token(), changes];
  document.dispatchEvent(new CustomEvent("rate:time"));
  saving = true;
  const result = await send(card().dataset.draft).catch(() => ({ status: 0 }));
  saving = false;
  if (result.status === 200 && (here !== token() || upTo === changes) && !copyOf(here)?.held) forget(here);
  if (here !== token()) return;
  if (result.status === 200) saved(result, upTo);
  else if (GONE.includes(result.status)) notSaved();
  else if (result.status === 401) show("signed-out");
  else say(result.detail ?? `${words().unsaved} (${result.status})`, true);
}

function saved(result, upTo) {
  lastContact = performance.now();
  show("");
  say(result.held ? words().saved : words().passed);
  firstChange = upTo === changes ? 0 : performance.now();
  if (firstChange) saveIn(AFTER_CHANGE);
}

function notSaved() {
  if (!form().inert) show("offline");
  say(words().offline, true);
  saveIn(TRY_AGAIN);
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") saveDraft();
});
window.addEventListener("pagehide", saveDraft);

let lastSign = performance.now();
for (const kind of ["keydown", "pointermove", "wheel", "touchmove"]) {
  document.addEventListener(kind, () => { lastSign = performance.now(); }, { passive: true });
}

setInterval(() => {
  const address = card()?.dataset.heartbeat;
  const now = performance.now();
  const there = document.visibilityState === "visible" && now - lastSign < 5 * HEARTBEAT;
  if (!address || !there || now - lastContact < HEARTBEAT) return;
  lastContact = now;
  send(address).catch(() => {}); // the next draft or answer says what is wrong
}, 10_000);

// --- Without a connection or a session ------------------------------------------------------------------------------

const banner = document.getElementById("connection");
let shown = "";

function show(what) {
  if (what === shown) return;
  shown = what;
  const text = what && banner.querySelector(`template[data-when="${what}"]`).content.cloneNode(true);
  banner.querySelector("[data-text]").replaceChildren(...(text ? [text] : []));
  banner.querySelector("a[data-login]")?.setAttribute("href", card().dataset.login);
}

window.addEventListener("offline", () => card()?.dataset.token && show(form().inert ? "held" : "offline"));
window.addEventListener("online", () => {
  if (form()?.inert) return again();
  show("");
  saveDraft();
});

// An answer that got no answer waits, locked, until it can be sent again.
function hold() {
  keepHere(true);
  setTimeout(again, form().inert ? TRY_AGAIN : TRY_SOON);
  form().inert = true;
  show("held");
  say("");
}

function again() {
  if (form()?.inert) form().requestSubmit();
}

banner.addEventListener("click", (event) => {
  if (!event.target.closest("[data-release]")) return;
  form().inert = false;
  keepHere();
  show("");
  form().querySelector("input")?.focus();
});

// --- What becomes of an answer --------------------------------------------------------------------------------------

const isAnswer = (event) => event.target === form();
let sent = "";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isAnswer(event)) {
    clearTimeout(timer);
    if (firstChange && !form().inert) keepHere();
    sent = token();
  } else if (event.target.id === "undo-form") {
    saveDraft(); // this task is left as it is, for later
  } else if (event.target.matches?.("#skip-dialog form")) {
    sent = token();
  }
});

// In front of the notices of every page, which would advise what is being done here.
document.addEventListener("htmx:sendError", unreachable, true);
document.addEventListener("htmx:timeout", unreachable, true);
function unreachable(event) {
  if (!isAnswer(event)) return;
  event.stopImmediatePropagation();
  hold();
}

document.addEventListener("htmx:responseError", (event) => {
  if (!isAnswer(event)) return;
  const { status } = event.detail.xhr;
  if (GONE.includes(status)) {
    event.stopImmediatePropagation();
    hold();
  } else if (status === 401) {
    event.stopImmediatePropagation();
    keepHere();
    location.assign(card().dataset.login);
  } else {
    form().inert = false;
    show("");
    if (status !== 429) return;
    event.stopImmediatePropagation(); // it came too fast: what was entered stays, and the server says for how long
    keepHere();
    say(event.detail.xhr.responseText, true);
  }
}, true);

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && sent) forget(sent);
  sent = "";
});

// --- A card ---------------------------------------------------------------------------------------------------------

document.addEventListener("rate:card", () => {
  clearTimeout(timer);
  [firstChange, changes, lastContact] = [0, 0, performance.now()];
  show("");
  const copy = token() && copyOf(token());
  if (!copy) return;
  restore(copy);
  if (copy.held) return hold();
  say(words().restored);
  changes = 1;
  firstChange = performance.now();
  saveIn(0);
});
forgetOld();
