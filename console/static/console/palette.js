"use strict";
// The palette: "/" or Ctrl-K finds records, pages and actions from anywhere; arrows move, Enter opens, Escape closes.
{
  const door = document.querySelector("[data-palette]");
  const dialog = document.createElement("dialog");
  dialog.className = "palette";
  const input = Object.assign(document.createElement("input"), { type: "search", autocomplete: "off", maxLength: 100 });
  const list = Object.assign(document.createElement("div"), { className: "found" });
  list.setAttribute("aria-live", "polite");
  dialog.append(input, list);
  let asked = 0;

  const look = async () => {
    const mine = ++asked;
    const query = input.value.trim();
    if (!query) { list.replaceChildren(); return; }
    const answer = await fetch(`${door.dataset.palette}?part=1&q=${encodeURIComponent(query)}`);
    if (mine !== asked) return;
    list.innerHTML = answer.ok ? await answer.text() : "";
  };
  const open = (event) => {
    event.preventDefault();
    if (!dialog.isConnected) document.body.append(dialog);
    if (!dialog.open) dialog.showModal();
    input.select();
  };
  let waiting = 0;
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(look, 150); });
  dialog.addEventListener("keydown", (event) => {
    const stops = [input, ...list.querySelectorAll("a, button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      stops.at((stops.indexOf(document.activeElement) + step) % stops.length).focus();
    } else if (event.key === "Enter" && document.activeElement === input && stops[1]) {
      event.preventDefault();
      stops[1].click();
    }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  if (door) {
    input.setAttribute("aria-label", door.getAttribute("aria-label"));
    door.addEventListener("click", open);
    document.addEventListener("keydown", (event) => {
      const writes = event.target.closest("input, textarea, select, [contenteditable]");
      if ((event.key === "/" && !writes) || (event.key === "k" && (event.ctrlKey || event.metaKey))) open(event);
    });
  }
}
