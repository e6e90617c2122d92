"use strict";
// Show only the papers that this kind of trademark needs; without this script all of them stand there.
document.addEventListener("DOMContentLoaded", () => {
  const type = document.getElementById("id_brand_audit_type");
  const management = document.getElementById("id_brand_management_type");
  if (!type || !management) return;
  const show = (name, wanted) => {
    for (const set of document.querySelectorAll(`.${name}`)) set.hidden = !wanted && !set.querySelector(".errorlist");
  };
  const update = () => {
    const registered = ["1", "3"].includes(type.value);
    show("if-registered", registered);
    show("if-applied", !registered);
    show("if-agent", management.value === "2");
  };
  type.addEventListener("change", update);
  management.addEventListener("change", update);
  update();
});
