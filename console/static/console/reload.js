// A page that waits for somebody's phone looks again every few seconds, while it is in front.
"use strict";
document.querySelectorAll("[data-reload]").forEach((waiting) => {
  setInterval(() => {
    if (document.visibilityState === "visible") location.reload();
  }, Number(waiting.dataset.reload) * 1000);
});
