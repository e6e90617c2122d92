// The sign-in page's button counts down while nobody would look at the password.
"use strict";
document.querySelectorAll("[data-wait]").forEach((ticket) => {
  const button = ticket.form.querySelector("[type=submit]");
  const label = button.value;
  let left = Number(ticket.dataset.wait);
  const tick = () => {
    button.disabled = left > 0;
    button.value = left > 0 ? `${label} (${left})` : label;
    left -= 1;
    if (left >= 0) setTimeout(tick, 1000);
  };
  tick();
});
