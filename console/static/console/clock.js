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
  document.addEventListener("DOMContentLoaded", function () {
    tick();
    setInterval(tick, 1000);
  });
})();
