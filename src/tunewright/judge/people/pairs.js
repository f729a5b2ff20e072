"use strict";
// Answers are only ever put into the page as text. Nothing is loaded and nothing is sent.
(() => {
  const held = JSON.parse(document.getElementById("held").textContent);
  const place = `pairs ${held.page}`;
  const find = (id) => document.getElementById(id);
  const form = find("questions");
  const fields = [...form.querySelectorAll("fieldset")];
  let state = { rater: "", at: 0, answers: {} };
  let question = 0;

  const decided = (pair) => held.asked.every((name) => (state.answers[pair.id] || {})[name]);
  const count = () => held.pairs.filter(decided).length;

  function notice(text) {
    find("notice").textContent = text;
    find("notice").hidden = !text;
  }

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify(state));
      notice("");
    } catch {
      notice("This browser keeps nothing for this page: save your answers before you close it.");
    }
  }

  function recall() {
    try {
      const kept = JSON.parse(localStorage.getItem(place) || "null");
      if (kept && typeof kept.rater === "string" && kept.answers) state = kept;
    } catch { /* nothing kept, or nothing that can be read: begin anew */ }
  }

  function ask(number) {
    question = Math.max(0, Math.min(number, fields.length - 1));
    fields.forEach((field, at) => {
      field.classList.toggle("now", at === question);
      if (at === question) field.setAttribute("aria-current", "step"); else field.removeAttribute("aria-current");
    });
  }

  function turn(said) {
    const box = document.createElement("div");
    const role = document.createElement("p");
    const text = document.createElement("pre");
    role.className = "role";
    role.textContent = said.role;
    text.textContent = said.text;
    box.append(role, text);
    return box;
  }

  function tally() {
    const done = count();
    find("bar").value = done;
    find("done").textContent = `${done} of ${held.pairs.length} decided`;
    find("save").classList.toggle("main", done === held.pairs.length);
    find("end").hidden = done !== held.pairs.length;
  }

  function show(at) {
    state.at = Math.max(0, Math.min(at, held.pairs.length - 1));
    const pair = held.pairs[state.at];
    const said = state.answers[pair.id] || {};
    find("title").textContent = `Pair ${state.at + 1} of ${held.pairs.length}`;
    find("request").replaceChildren(...pair.request.map(turn));
    find("a").textContent = pair.a || "(empty answer)";
    find("b").textContent = pair.b || "(empty answer)";
    form.reset();
    for (const name of held.asked) if (said[name]) form.elements[name].value = said[name];
    const open = held.asked.findIndex((name) => !said[name]);
    ask(open < 0 ? 0 : open);
    tally();
    keep();
    find("pair").focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  function nextOpen() {
    const order = held.pairs.map((_, at) => (state.at + 1 + at) % held.pairs.length);
    const at = order.find((one) => !decided(held.pairs[one]));
    if (at !== undefined) show(at);
    else { tally(); find("end").focus(); }
  }

  function choose(name, value, on) {
    const pair = held.pairs[state.at];
    const before = decided(pair);
    state.answers[pair.id] = { ...state.answers[pair.id], [name]: value };
    form.elements[name].value = value;
    keep();
    tally();
    if (!on) return;
    const last = name === held.asked[held.asked.length - 1];
    if (decided(pair) && (!before || last)) nextOpen();
    else {
      const open = held.asked.findIndex((one) => !state.answers[pair.id][one]);
      ask(open < 0 || before ? held.asked.indexOf(name) + 1 : open);
      fields[question].scrollIntoView({ block: "nearest" });
    }
  }

  function undo() {
    const pair = held.pairs[state.at];
    const said = { ...state.answers[pair.id] };
    const last = held.asked.filter((name) => said[name]).pop();
    if (!last) { show(state.at - 1); return; }
    delete said[last];
    state.answers[pair.id] = said;
    keep();
    show(state.at);
  }

  function save() {
    const rows = held.pairs.filter((pair) => state.answers[pair.id])
      .map((pair) => ({ id: pair.id, ...state.answers[pair.id] }));
    const whole = { page: held.page, rater: state.rater, saved: new Date().toISOString(), answers: rows };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(whole, null, 1)], { type: "application/json" }));
    link.download = `answers-${state.rater.replace(/[^\p{L}\p{N}]+/gu, "-") || "rater"}.json`;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    const left = held.pairs.length - count();
    if (left) notice(`Saved, and ${left} of ${held.pairs.length} pairs are still open.`);
  }

  function begin() {
    find("start").hidden = true;
    find("pair").hidden = false;
    document.querySelector(".bottom").hidden = false;
    if (decided(held.pairs[state.at]) && count() < held.pairs.length) nextOpen();
    else show(state.at);
  }

  const keys = {
    1: () => choose(held.asked[question], "a", true),
    2: () => choose(held.asked[question], "equal", true),
    3: () => choose(held.asked[question], "b", true),
    u: undo,
    n: () => show(state.at + 1),
    p: () => show(state.at - 1),
    o: nextOpen,
    s: save,
  };

  document.addEventListener("keydown", (event) => {
    if (find("pair").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const act = keys[event.key.toLowerCase()];
    if (act) { event.preventDefault(); act(); }
  });
  form.addEventListener("change", (event) => choose(event.target.name, event.target.value, false));
  form.addEventListener("focusin", (event) => {
    const at = fields.indexOf(event.target.closest("fieldset"));
    if (at >= 0) ask(at);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  find("previous").addEventListener("click", keys.p);
  find("next").addEventListener("click", keys.n);
  find("open").addEventListener("click", nextOpen);
  find("save").addEventListener("click", save);
  find("start").addEventListener("submit", (event) => {
    event.preventDefault();
    state.rater = find("rater").value.trim();
    if (state.rater) { keep(); begin(); }
  });

  recall();
  tally();
  if (state.rater) begin();
  else { find("start").hidden = false; find("rater").focus(); }
})();
