// The board of an evening: asks for its figures every few seconds, while it is in front; most answers are 304.
"use strict";
const board = document.querySelector("[data-live]");
if (board) {
  const lost = document.querySelector(".live-lost");
  let tag = "";
  const ask = async () => {
    if (document.visibilityState !== "visible") return;
    try {
      const answer = await fetch(board.dataset.live, { headers: tag ? { "If-None-Match": tag } : {}, cache: "no-store" });
      if (answer.redirected || (!answer.ok && answer.status !== 304)) throw new Error(String(answer.status));
      if (answer.status === 200) {
        tag = answer.headers.get("ETag") || "";
        board.innerHTML = await answer.text();
      }
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
  };
  setInterval(ask, Number(board.dataset.seconds) * 1000);
}
