"use strict";
// What is written in a form is kept on the server while one writes, without files; saving the form forgets it.
{
  const mark = document.querySelector("input[name=_draft]");
  const form = mark && mark.form;
  const isOffered = document.querySelector("[data-draft-offered]");
  let timer = null;
  let sending = null;
  const written = () => {
    const data = new FormData(form);
    for (const [name, value] of [...data.entries()]) {
      if (!(value instanceof File)) continue;
      data.delete(name);
      if (value.name) data.append("_files", name);
    }
    return data;
  };
  const say = (text) => {
    let line = form.querySelector(".draft-kept");
    if (!line) {
      line = Object.assign(document.createElement("p"), { className: "draft-kept help" });
      line.setAttribute("role", "status");
      form.querySelector(".submit-row").after(line);
    }
    line.textContent = text;
  };
  const keep = async (keepalive = false) => {
    clearTimeout(timer);
    timer = null;
    sending = new AbortController();
    try {
      const answer = await fetch(mark.dataset.keep, { method: "POST", body: written(), signal: sending.signal, keepalive });
      const told = await answer.json();
      if (told.kept || told.detail) say(told.kept || told.detail);
    } catch { /* The next change is sent again; the form itself still has it. */ }
  };
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(keep, 2000);
  };
  if (form && !isOffered) {
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
    form.addEventListener("submit", () => {
      clearTimeout(timer);
      timer = null;
      if (sending) sending.abort();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "hidden" && timer) keep(true);
    });
  }
}
