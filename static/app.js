// What every page shares: keys, dialogs, menus, tables and honest notices when a request fails.
// Listeners are delegated, so that what htmx swaps in works as what came with the page.

// --- Keys: an element with data-key="n" is clicked by that key ---------------------------------------------------

const TYPES_TEXT = 'textarea, select, [contenteditable=""], [contenteditable="true"], ' +
  'input:not([type="radio"], [type="checkbox"], [type="button"], [type="submit"])';
const TAKES_ENTER = "a[href], button, summary";

function usable(element) {
  return !element.disabled && element.getAttribute("aria-disabled") !== "true" &&
    !element.closest("[inert]") && element.checkVisibility({ visibilityProperty: true });
}

function keyed(key) {
  const scope = document.querySelector("dialog:modal") ?? document;
  const wanted = CSS.escape(key.length === 1 ? key.toLowerCase() : key);
  return [...scope.querySelectorAll(`[data-key="${wanted}" i]`)].find(usable);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.repeat || event.defaultPrevented) return; // a key held down answers once
  // A field of a dialog that was closed this moment still has the focus: the key is not for it.
  if (event.target.closest?.(TYPES_TEXT)?.checkVisibility()) return;
  // A focused button answers to Enter and space itself.
  if (["Enter", " "].includes(event.key) && event.target.closest?.(TAKES_ENTER)) return;
  const element = keyed(event.key);
  if (!element) return;
  event.preventDefault();
  element.click();
});

// --- Dialogs and menus -------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog)?.showModal();
  }
  if (event.target.closest("[data-close]") || event.target.matches("dialog")) event.target.closest("dialog")?.close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A row of tabs that is wider than the screen begins where one is.
for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
  const row = tab.closest(".tabs");
  row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

// --- Forms that act as soon as something is chosen: <select data-submit> -----------------------------------------

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// --- Tables: filter by typing, sort by a head, open a row --------------------------------------------------------

document.addEventListener("input", (event) => {
  const table = event.target.dataset.filter && document.getElementById(event.target.dataset.filter);
  if (table) filterRows(table, event.target.value);
});

function filterRows(table, typed) {
  const words = typed.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of table.tBodies[0].rows) {
    const text = row.textContent.toLocaleLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  const count = document.querySelector(`[data-filter-count="${CSS.escape(table.id)}"]`);
  if (count) count.textContent = words.length ? `${shown} of ${table.tBodies[0].rows.length} shown` : "";
}

function makeSortable(scope) {
  for (const head of scope.querySelectorAll("table[data-sort] thead th:not([data-nosort])")) {
    if (head.querySelector(".sort") || !head.textContent.trim()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
  }
}

document.addEventListener("click", (event) => {
  const head = event.target.closest("table[data-sort] thead .sort")?.closest("th");
  if (head) return sortBy(head);
  const row = event.target.closest("tr[data-href]");
  if (!row || event.target.closest("a, button, input, select, label, summary") || getSelection().toString()) return;
  if (event.ctrlKey || event.metaKey) window.open(row.dataset.href, "_blank", "noopener");
  else location.assign(row.dataset.href);
});

function sortBy(head) {
  const body = head.closest("table").tBodies[0];
  // Numbers are looked at from the largest down first, words from A to Z.
  const first = head.classList.contains("num") ? "descending" : "ascending";
  const other = first === "ascending" ? "descending" : "ascending";
  const direction = head.getAttribute("aria-sort") === first ? other : first;
  for (const sibling of head.parentElement.children) sibling.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", direction);
  const sign = direction === "ascending" ? 1 : -1;
  const rows = [...body.rows].map((row) => [sortKey(row.cells[head.cellIndex]), row]);
  rows.sort(([a], [b]) => compare(a, b, sign));
  body.append(...rows.map(([, row]) => row));
}

function sortKey(cell) {
  const text = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
  const number = Number(text.replace(/[\s\u2009\u202f%]/g, "").replace("\u2212", "-"));
  return text === "" || text === "–" ? null : Number.isNaN(number) ? text : number;
}

function compare(a, b, sign) {
  if (a === null || b === null) return (a === null) - (b === null); // what is missing goes last, whichever way
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), undefined, { numeric: true });
}

document.addEventListener("htmx:load", (event) => makeSortable(event.target));
makeSortable(document);

// --- htmx: fresh CSRF tokens, and a notice that says what to do when a request fails ------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  // Signing in again in another tab changes the token; the page that waited here must not lose its answer.
  const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (!token) return;
  event.detail.headers["X-CSRFToken"] = token;
  if (event.detail.parameters.has?.("csrfmiddlewaretoken")) event.detail.parameters.set("csrfmiddlewaretoken", token);
});

const live = document.getElementById("live-notice");

function say(kind, status = 0) {
  const words = live?.querySelector("template").content; // in the language of the page
  if (!words) return;
  const [what, then] = (words.querySelector(`[data-for="${kind}"]`) ?? words.querySelector('[data-for="other"]')).children;
  live.querySelector("[data-what]").textContent = what.textContent;
  live.querySelector("[data-then]").textContent = then.textContent + (status ? ` (${status})` : "");
  live.hidden = false;
}

document.addEventListener("htmx:sendError", () => say("offline"));
document.addEventListener("htmx:timeout", () => say("slow"));
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  if (status >= 500) say("server", status);
  else say(String(status), live?.querySelector("template").content.querySelector(`[data-for="${status}"]`) ? 0 : status);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.successful && live) live.hidden = true;
});
live?.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) live.hidden = true;
});
