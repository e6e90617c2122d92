"use strict";
// Pictures are put in order by their arrows; what needs a review says so while it is being changed.
document.addEventListener("click", (event) => {
  const button = event.target.closest(".pictures .earlier");
  if (!button) return;
  const item = button.closest("li");
  if (item.previousElementSibling) item.parentNode.insertBefore(item, item.previousElementSibling);
  else item.parentNode.append(item);
  item.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("change", (event) => {
  const warning = document.getElementById("review-warning");
  if (!warning || !event.target.closest("form")) return;
  const field = event.target.name || "";
  const free = /-(sale_price|market_price|stock_num|sku_code|barcode)$/.test(field);
  if (!free && event.target.closest("fieldset.review, .inline-group")) warning.hidden = false;
});
// On a narrow screen each SKU is a card: its cells carry their column's name.
const label = () => {
  for (const table of document.querySelectorAll(".inline-group table")) {
    const names = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr.form-row"))
      [...row.cells].forEach((cell, nth) => { cell.dataset.label = names[nth] || ""; });
  }
};
document.addEventListener("DOMContentLoaded", label);
document.addEventListener("formset:added", label);
