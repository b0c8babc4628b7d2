// A task that is answered or skipped needs no copy on this device any more; see rate_keep.js.

const { settled } = document.querySelector("[data-settled]").dataset;
try {
  localStorage.removeItem(`jurybox:answer:${settled}`);
} catch {
  // storage is switched off, so there is none
}
