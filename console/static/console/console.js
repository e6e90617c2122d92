"use strict";
// Ask before a dangerous button; copy a code by a click; send a form once; load what a page has after itself.
document.addEventListener("click", (event) => {
  const asks = event.target.closest("[data-confirm]");
  if (asks && !window.confirm(asks.dataset.confirm)) event.preventDefault();
  const code = event.target.closest("code.copy");
  if (code && navigator.clipboard) navigator.clipboard.writeText(code.textContent);
});
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) event.preventDefault();
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
for (const place of document.querySelectorAll("[data-load]")) {
  fetch(place.dataset.load).then((answer) => (answer.ok ? answer.text() : "")).then((html) => { place.innerHTML = html; });
}
// One of the header's menus is open at a time, and none after a press elsewhere or Escape.
const menus = document.querySelectorAll(".person, .technical, .drawer, .tool");
document.addEventListener("click", (event) => {
  for (const menu of menus) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of menus) menu.open = false;
});
// On a phone the rows of a list are cards: each cell says what it is; the filters are folded.
for (const row of document.querySelectorAll("#result_list tbody tr")) {
  const heads = row.closest("table").tHead.rows[0].cells;
  for (const cell of row.cells) {
    const name = heads[cell.cellIndex] ? heads[cell.cellIndex].textContent.trim() : "";
    if (name && cell.tagName === "TD" && !cell.classList.contains("action-checkbox")) cell.dataset.label = name;
  }
}
if (window.matchMedia("(max-width: 767px)").matches) {
  for (const part of document.querySelectorAll("#changelist-filter details")) part.open = false;
}
