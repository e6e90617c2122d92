// Clocks that count down, and j/k to move along a list of claims.
(function () {
  "use strict";
  function tick() {
    document.querySelectorAll("time.clock[data-until]").forEach(function (clock) {
      const left = Math.floor((new Date(clock.dataset.until) - Date.now()) / 1000);
      const pad = (number) => String(number).padStart(2, "0");
      clock.classList.toggle("soon", left < 6 * 3600);
      clock.classList.toggle("now", left < 3600);
      if (left > 0) {
        clock.textContent = Math.floor(left / 3600) + ":" + pad(Math.floor((left % 3600) / 60)) + ":" + pad(left % 60);
      }
    });
  }
  function move(by) {
    const links = Array.from(document.querySelectorAll("#result_list tbody th a, #result_list tbody td a"));
    const firsts = links.filter((link, nth) => nth === links.findIndex((other) => other.closest("tr") === link.closest("tr")));
    if (!firsts.length) return;
    const at = firsts.indexOf(document.activeElement);
    firsts[Math.max(0, Math.min(firsts.length - 1, at + by))].focus();
  }
  document.addEventListener("DOMContentLoaded", function () {
    tick();
    setInterval(tick, 1000);
  });
  document.addEventListener("keydown", function (event) {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
  });
})();
