// The form of an entry: the preview, and keeping what is typed without a press of a button.
"use strict";

const form = document.querySelector(".entry-form");
const value = (name) => form.elements[name].value.trim();
const lines = (name) => value(name).split("\n").map((line) => line.trim()).filter(Boolean);

function preview() {
  document.getElementById("p-title").textContent = value("title");
  document.getElementById("p-answer").textContent = value("answer");
  const steps = lines("steps").map((text) => Object.assign(document.createElement("li"), { textContent: text }));
  document.getElementById("p-steps").replaceChildren(...steps);
  const buttons = lines("actions").map((line) => {
    const label = (line.split("|")[1] || line).trim();
    return Object.assign(document.createElement("span"), { className: "badge bg-blue-lt me-1", textContent: label });
  });
  document.getElementById("p-actions").replaceChildren(...buttons);
  const count = value("title").length + value("answer").length + lines("steps").join("").length;
  document.getElementById("p-count").textContent = `标题、答案和步骤共${count}字（最多600字）`;
}

let timer = 0;
let running = false;
let again = false;
const state = document.getElementById("saving");

async function keep() {
  if (running) { again = true; return; }
  running = true;
  state.textContent = "正在保存…";
  try {
    const answer = await fetch(`${location.pathname}/autosave`, { method: "POST", body: new FormData(form) });
    if (answer.status === 409) {
      state.textContent = "别人刚改过这一条，按“保存”对照合并";
      return;
    }
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const kept = await answer.json();
    for (const field of document.querySelectorAll("input[name=revision]")) field.value = kept.revision;
    document.getElementById("problems").replaceChildren(
      ...kept.problems.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
    );
    state.textContent = "已自动保存到草稿";
  } catch {
    state.textContent = "没能自动保存，请检查网络或重新登录";
  } finally {
    running = false;
    if (again) { again = false; keep(); }
  }
}

preview();
form.addEventListener("input", () => {
  preview();
  if (form.elements.title.readOnly) return;
  clearTimeout(timer);
  timer = setTimeout(keep, 1500);
});
form.addEventListener("submit", () => clearTimeout(timer));
