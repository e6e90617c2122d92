// Guesses the express company from the waybill, until a person has chosen one; says that it is a guess.
document.addEventListener("DOMContentLoaded", () => {
  const pack = document.querySelector("form.pack");
  if (!pack) return;
  const { forms, last, texts } = JSON.parse(document.getElementById("guessing").textContent);
  const company = pack.elements.delivery_id;
  const waybill = pack.elements.waybill_id;
  const note = pack.querySelector(".guess");
  const name = (id) => company.querySelector(`option[value="${CSS.escape(id)}"]`)?.textContent;
  let chosen = false;
  const guess = () => {
    if (chosen) return;
    const text = waybill.value.trim().toUpperCase();
    const fits = forms.filter(([id, form]) => new RegExp(`^(?:${form})$`).test(text) && name(id)).map(([id]) => id);
    if (fits.length > 1) {
      company.value = "";
      note.textContent = texts.several.replace("%s", fits.map(name).join(", "));
    } else if (fits.length) {
      company.value = fits[0];
      note.textContent = texts.form;
    } else if (last && name(last)) {
      company.value = last;
      note.textContent = texts.last;
    } else {
      note.textContent = "";
    }
  };
  company.addEventListener("change", () => {
    chosen = company.value !== "";
    note.textContent = "";
    guess();
  });
  waybill.addEventListener("input", guess);
  guess();
});
