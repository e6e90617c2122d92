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
for (const row of document.querySelectorAll("#result_list tbody tr, .as-cards tbody tr")) {
  const heads = row.closest("table").tHead.rows[0].cells;
  let column = 0;
  for (const cell of row.cells) {
    const head = heads[column], name = head && cell.colSpan === 1 ? head.textContent.trim() : "";
    column += cell.colSpan;
    if (name && cell.querySelector(":scope > .amount")) head.classList.add("amount");
    if (name && cell.tagName === "TD" && !cell.classList.contains("action-checkbox")) cell.dataset.label = name;
  }
}
if (window.matchMedia("(max-width: 767px)").matches) {
  for (const part of document.querySelectorAll("#changelist-filter details")) part.open = false;
}
// What other scripts draw gets a name to read out, whenever they draw it; a table that scrolls can be scrolled by keys.
const nameDrawn = () => {
  for (const select of document.querySelectorAll("select.admin-autocomplete")) {
    const label = document.querySelector(`label[for="${select.id}"]`);
    const name = (label && label.textContent.trim()) || select.getAttribute("aria-label");
    const drawn = select.nextElementSibling;
    if (!drawn || !name) continue;
    for (const part of drawn.querySelectorAll("[role=combobox], [role=textbox], input")) {
      if (part.getAttribute("aria-label") === name) continue;
      part.removeAttribute("aria-labelledby");
      part.setAttribute("aria-label", name);
    }
  }
};
if (document.querySelector("select.admin-autocomplete")) {
  new MutationObserver(nameDrawn).observe(document.body, { childList: true, subtree: true });
}
window.addEventListener("load", () => {
  nameDrawn();
  for (const box of document.querySelectorAll(".results")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
});
// After a press the focus is on what was said; a form that was refused lists its faults with links to their fields.
{
  const said = document.querySelector(".messagelist, .errornote");
  if (said) {
    said.tabIndex = -1;
    said.focus({ preventScroll: true });
  }
  const note = document.querySelector("p.errornote");
  const faults = [...document.querySelectorAll("form .errorlist")].filter((list) => list.offsetParent);
  if (note && faults.length) {
    const summary = document.createElement("ul");
    faults.forEach((list, nth) => {
      const row = list.closest(".form-row, td, fieldset") || list.parentElement;
      const field = row.querySelector("input:not([type=hidden]), select, textarea");
      const label = row.querySelector("label, legend");
      if (field && !field.id) field.id = `fault-${nth}`;
      const link = Object.assign(document.createElement("a"), { href: `#${field ? field.id : ""}` });
      link.textContent = `${label ? label.textContent.trim() : ""} ${list.textContent.trim()}`.trim();
      summary.append(Object.assign(document.createElement("li"), {}));
      summary.lastChild.append(link);
    });
    note.append(summary);
  }
}
// j and k move between the rows of a list.
document.addEventListener("keydown", (event) => {
  const step = { j: 1, k: -1 }[event.key];
  if (!step || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
  const rows = [...document.querySelectorAll("#result_list tbody tr, ul.urgent li")].map((row) => row.querySelector("a")).filter(Boolean);
  if (!rows.length) return;
  const next = rows.indexOf(document.activeElement) + step;
  rows[Math.min(Math.max(next, 0), rows.length - 1)].focus();
});
// A saved reply is put into its box at the cursor, and can be changed there.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-reply-for]");
  if (!button) return;
  const box = document.getElementById(button.dataset.replyFor);
  box.setRangeText(document.getElementById(`${box.id}_reply`).value, box.selectionStart, box.selectionEnd, "end");
  box.dispatchEvent(new Event("input", { bubbles: true }));
  box.focus();
});
// Beside a field that somebody else changed meanwhile: their value instead of one's own.
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-take]");
  if (!button) return;
  const fields = [...document.getElementsByName(button.dataset.for)];
  const values = button.dataset.take.split(",");
  for (const field of fields) {
    if (field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = button.dataset.take;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  if (fields.length) fields[0].focus();
});
