"use strict";
// A coupon's form shows what its type and its way of being valid have; what is filled or wrong is never hidden.
document.addEventListener("DOMContentLoaded", () => {
  const columns = JSON.parse(document.getElementById("coupon-columns").textContent);
  const boxes = (name) => document.querySelectorAll(`.form-row.field-${name}:not(:has(.fieldBox)), .fieldBox.field-${name}`);
  const filled = (box) => [...box.querySelectorAll("input, textarea, select")].some((field) => field.value !== "");
  const show = () => {
    for (const [choice, byValue] of Object.entries(columns)) {
      const chosen = document.getElementById(`id_${choice}`)?.value;
      if (chosen === undefined) continue;
      const wanted = byValue[chosen];
      for (const name of new Set(Object.values(byValue).flat()))
        for (const box of boxes(name))
          box.hidden = Boolean(wanted) && !wanted.includes(name) && !filled(box) && !box.matches(".errors");
    }
    for (const row of document.querySelectorAll(".form-row:has(.fieldBox)"))
      row.hidden = [...row.querySelectorAll(".fieldBox")].every((box) => box.hidden);
    for (const group of document.querySelectorAll("fieldset.module"))
      group.hidden = [...group.querySelectorAll(".form-row")].every((row) => row.hidden);
  };
  document.addEventListener("change", (event) => { if (event.target.matches("#id_type, #id_valid_type")) show(); });
  show();
});
