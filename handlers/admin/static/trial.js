// The trial beside a form: asks the draft, one turn or a whole conversation. autosave.js saves it first.
"use strict";

(() => {
const trial = document.getElementById("try");
const talk = document.getElementById("talk");
const fresh = document.getElementById("try-again");
function forget() {
  talk.replaceChildren();
  fresh.hidden = true;
}
function scroll() {
  talk.scrollTop = [...talk.querySelectorAll(".said")].at(-1)?.offsetTop ?? 0;
}
fresh.addEventListener("click", forget);
trial.elements.person.addEventListener("change", forget);
// A link of the answer would leave the form.
talk.addEventListener("click", (event) => { if (event.target.closest(".told > div a, .told li a")) event.preventDefault(); });
document.addEventListener("htmx:after:swap", () => { if (!talk.querySelector("[hx-post]")) scroll(); });
// One turn: asks with the memory of the turn before.
async function ask(question) {
  trial.elements.memory.value = [...talk.querySelectorAll("[data-memory]")].at(-1)?.dataset.memory ?? "";
  const fields = new FormData(trial);
  fields.set("question", question);
  fresh.hidden = false;
  const place = document.createElement("div");
  talk.append(Object.assign(document.createElement("div"), { className: "said", textContent: question }), place);
  place.textContent = "正在提问…";
  scroll();
  // What is typed is asked, not what was kept a while ago.
  await Autosave.keep();
  const answer = await Autosave.send(trial.action, fields).catch(() => null);
  if (!answer || answer.redirected) { place.textContent = "没有问成，请检查网络或重新登录。"; return false; }
  place.innerHTML = await answer.text();
  htmx.process(place);
  scroll();
  return answered(place);
}
// Whether the turn was answered, after the draft was learnt where that is needed.
function answered(place) {
  if (!place.querySelector("[hx-post]")) return Boolean(place.querySelector("[data-memory]"));
  return new Promise((resolve) => {
    const seen = new MutationObserver(() => {
      if (!place.isConnected || place.querySelector("[data-memory]")) {
        seen.disconnect();
        resolve(place.isConnected);
      }
    });
    seen.observe(talk, { childList: true, subtree: true });
  });
}
// A pasted conversation is asked turn by turn, one a line.
let running = false;
async function askAll(lines) {
  if (running) return;
  running = true;
  for (const line of lines) if (!await ask(line)) break;
  running = false;
}
trial.addEventListener("submit", (event) => {
  event.preventDefault();
  const lines = trial.elements.question.value.split("\n").map((line) => line.trim()).filter(Boolean);
  if (!lines.length || running) return;
  trial.elements.question.value = "";
  askAll(lines);
});
trial.elements.question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  trial.requestSubmit();
});
})();
