"use strict";
// While a tab is open: new alerts at the page's lower edge, and as notifications where the person wants them.
const box = document.querySelector("[data-alerts]");
const EVERY = 30000;
const KEY = "alerts-seen";
const remembered = () => Number(localStorage.getItem(KEY) || 0);
const line = (alert) => {
  const row = document.createElement("p");
  const link = Object.assign(document.createElement("a"), { href: alert.url, textContent: alert.title });
  row.append(link, ` ${alert.text}`);
  return row;
};
const close = () => {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: "×" });
  button.setAttribute("aria-label", box.dataset.close);
  button.addEventListener("click", () => { box.hidden = true; });
  return button;
};
const allow = () => {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button small" });
  button.textContent = box.dataset.allow;
  button.addEventListener("click", () => Notification.requestPermission().then(() => button.remove()));
  return button;
};
const show = (alerts, more) => {
  const list = Object.assign(document.createElement("a"), { href: box.dataset.list, textContent: box.dataset.all });
  box.replaceChildren(close(), ...alerts.map(line));
  if (more) box.append(list, " ");
  if ("Notification" in window && Notification.permission === "default") box.append(allow());
  box.hidden = false;
};
const notify = (alert) => {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  // The tag keeps several tabs from showing the same alert several times.
  const shown = new Notification(alert.title, { body: alert.text, tag: `alert-${alert.id}` });
  shown.addEventListener("click", () => { window.focus(); window.location.assign(alert.url); });
};
const ask = () => {
  // Another tab may have shown newer ones meanwhile: what all tabs have seen is kept in one place.
  fetch(`${box.dataset.alerts}?after=${remembered()}`, { redirect: "error" })
    .then((answer) => (answer.ok ? answer.json() : { alerts: [] }))
    .then((said) => {
      if (!said.alerts.length) return;
      localStorage.setItem(KEY, said.last);
      show(said.alerts, said.more);
      said.alerts.forEach(notify);
    })
    .catch(() => {}); // signed out, or the console is away: the next round asks again
};
if (box) {
  ask();
  window.setInterval(ask, EVERY);
}
