// The form of an entry: rows, text from Word, the preview, keeping what is typed, and the trial.
"use strict";

(() => {
const form = document.querySelector(".entry-form");
const writable = !form.elements.title.readOnly;
const csrf = form.elements.csrf.value;
const state = document.getElementById("saving");
document.documentElement.classList.add("scripted");

function send(address, fields) {
  return fetch(address, { method: "POST", body: fields, headers: { "HX-Request": "true" } });
}

const HALF_TYPED = ["picture", "picture_text", "related_add", "variant_add", "explains_add"];
function typed() {
  const fields = new FormData(form);
  // A picture is sent when its button is pressed, and half-typed words add nothing.
  for (const name of HALF_TYPED) fields.delete(name);
  return fields;
}

// The preview, as the server makes it of what would be saved. -------------------------------------
const preview = document.getElementById("preview");
let previewing = 0;
async function show() {
  const turn = ++previewing;
  const answer = await send(preview.dataset.from, typed()).catch(() => null);
  if (answer && answer.ok && !answer.redirected && turn === previewing) preview.innerHTML = await answer.text();
}
// Its links lead into the mini program, which is not open here.
preview.addEventListener("click", (event) => { if (event.target.closest("a")) event.preventDefault(); });

// Keeping what is typed. --------------------------------------------------------------------------
let saving = false;
let again = false;
let stopped = false;
let unsaved = false;
let waiting = null;
async function keep() {
  if (stopped) return;
  if (saving) { again = true; return; }
  saving = true;
  unsaved = false;
  state.textContent = "正在保存…";
  try {
    const answer = await send(`${location.pathname}/autosave`, typed());
    if (answer.status === 409) {
      const found = await answer.json();
      stopped = true;
      state.textContent = `${found.editor}刚改过这一条，您写的还在；请按“保存”逐项对照合并。`;
      state.classList.add("text-danger", "fw-bold");
      return;
    }
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const kept = await answer.json();
    for (const field of document.querySelectorAll("input[name=revision]")) field.value = kept.revision;
    document.getElementById("state").textContent = kept.state;
    document.getElementById("written-by").textContent = kept.by;
    const discard = document.getElementById("discard");
    // What is retired has no such button.
    if (discard) discard.hidden = !kept.can_discard;
    document.getElementById("problems").replaceChildren(
      ...kept.problems.map((text) => Object.assign(document.createElement("li"), { textContent: text })),
    );
    state.textContent = `已自动保存到草稿 ${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" })}`;
  } catch {
    unsaved = true;
    state.textContent = "没能自动保存，请检查网络或重新登录；先不要关闭这一页。";
  } finally {
    saving = false;
    if (again) { again = false; keep(); }
    else if (waiting) { const [pressed, button] = waiting; waiting = null; pressed.requestSubmit(button); }
  }
}

let previewTimer = 0;
let saveTimer = 0;
function changed() {
  count();
  clearTimeout(previewTimer);
  previewTimer = setTimeout(show, 350);
  if (!writable) return;
  unsaved = true;
  clearTimeout(saveTimer);
  saveTimer = setTimeout(keep, 1500);
}
form.addEventListener("input", (event) => { if (!HALF_TYPED.includes(event.target.name)) changed(); });
let leaving = false;
document.addEventListener("submit", (event) => {
  if (event.target.id === "try") return;
  clearTimeout(saveTimer);
  if (saving) {
    // It would name the revision from before and conflict with the writer's own text.
    event.preventDefault();
    waiting = [event.target, event.submitter];
  } else leaving = true;
});
window.addEventListener("beforeunload", (event) => { if (unsaved && !leaving) event.preventDefault(); });

function count() {
  for (const label of document.querySelectorAll("[data-count]")) {
    const lines = document.getElementById(label.dataset.count).value.split("\n").filter((line) => line.trim());
    label.textContent = `${lines.length}条`;
  }
}
count();
// What was typed before this script came is shown, and not lost without a question. It is not kept
// by itself: a browser that brings back an old page's text must not write it over a newer one.
if ([...form.elements].some((field) => field.matches("input, textarea") && field.value !== field.defaultValue)) {
  unsaved = writable;
  show();
}

// Rows: steps, buttons, pictures. -----------------------------------------------------------------
function fits(list) {
  const most = Number(list.dataset.most || 99);
  for (const button of document.querySelectorAll(`[data-add="${list.id}"]`)) button.disabled = list.querySelectorAll("[data-item]").length >= most;
}
function add(id, after) {
  const list = document.getElementById(id);
  if (list.querySelectorAll("[data-item]").length >= Number(list.dataset.most)) return null;
  const row = document.getElementById(`new-${id}`).content.firstElementChild.cloneNode(true);
  if (after) after.after(row); else list.append(row);
  fits(list);
  row.querySelector("textarea, select").focus();
  return row;
}
document.querySelectorAll("[data-add]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => add(button.dataset.add));
});
document.querySelectorAll("[data-rows]").forEach(fits);
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-row]");
  if (!button) return;
  const row = button.closest("[data-item]");
  const list = row.closest("[data-rows]");
  if (button.dataset.row === "remove") {
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    (next && next.querySelector("textarea, input, select"))?.focus();
    fits(list);
  } else {
    const other = button.dataset.row === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (other) button.dataset.row === "up" ? other.before(row) : other.after(row);
    button.focus();
  }
  changed();
});
form.addEventListener("keydown", (event) => {
  if (event.target.name === "step" && event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    add("steps", event.target.closest("[data-item]"));
  }
});
form.addEventListener("change", (event) => {
  if (event.target.name !== "action_type") return;
  event.target.closest("[data-item]").querySelector("[name=action_target]").setAttribute("list", `targets-${event.target.value}`);
});

// A variant for the chosen state. -------------------------------------------------------------------
document.getElementById("f-variant-add")?.addEventListener("change", (event) => {
  const list = event.target;
  const block = document.getElementById(`new-variant-${list.value}`);
  if (!block) return;
  document.getElementById("variants").append(block.content.cloneNode(true));
  list.selectedOptions[0].remove();
  list.value = "";
  document.getElementById("variants").lastElementChild.querySelector("textarea").focus();
});

// Marks around what is selected. ------------------------------------------------------------------
const toolbar = document.querySelector(".toolbar");
let marked = form.elements.answer;
form.addEventListener("focusin", (event) => { if (event.target.matches("[data-markup]")) marked = event.target; });
function put(area, text, from, to) {
  area.focus();
  area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  if (from !== undefined) area.setSelectionRange(area.selectionEnd - text.length + from, area.selectionEnd - text.length + to);
  area.dispatchEvent(new Event("input", { bubbles: true }));
}
function mark(kind, area) {
  const chosen = area.value.slice(area.selectionStart, area.selectionEnd).trim();
  const words = chosen || { bold: "重点", link: "文字", code: "原样文字", list: "一项" }[kind];
  if (kind === "bold") put(area, `**${words}**`, 2, 2 + words.length);
  else if (kind === "code") put(area, `\`${words}\``, 1, 1 + words.length);
  else if (kind === "link") put(area, `[${words}](https://)`, words.length + 3, words.length + 11);
  else if (area.name === "answer") put(area, (area.selectionStart && area.value[area.selectionStart - 1] !== "\n" ? "\n" : "") + words.split("\n").map((line) => `- ${line}`).join("\n"));
}
if (toolbar) {
  toolbar.hidden = false;
  toolbar.addEventListener("mousedown", (event) => event.preventDefault());
  toolbar.addEventListener("click", (event) => {
    const button = event.target.closest("[data-mark]");
    if (button) mark(button.dataset.mark, marked);
  });
  form.addEventListener("keydown", (event) => {
    const kind = (event.ctrlKey || event.metaKey) && { b: "bold", k: "link" }[event.key];
    if (kind && event.target.matches("[data-markup]")) { event.preventDefault(); mark(kind, event.target); }
  });
}

// What is pasted out of Word comes in clean. ------------------------------------------------------
form.addEventListener("paste", async (event) => {
  const area = event.target;
  const kind = area.dataset && area.dataset.paste;
  const text = event.clipboardData.getData("text/plain");
  const html = event.clipboardData.getData("text/html");
  if (!kind || area.readOnly || (!html && !/[\n\t\u00a0\u2000-\u200f\u3000\uf000-\uf0ff]/.test(text))) return;
  event.preventDefault();
  const fields = new FormData();
  fields.append("csrf", csrf);
  fields.append("text", text);
  if (html) fields.append("html", html);
  let clean = { text, items: text.split("\n").filter((line) => line.trim()) };
  const answer = await send("/admin/pasted-text", fields).catch(() => null);
  if (answer && answer.ok && !answer.redirected) clean = await answer.json();
  const plain = (line) => line.replace(/\*\*/g, "").replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  if (kind === "line") put(area, plain(clean.items.join(" ")));
  else if (kind === "text") put(area, clean.text);
  else if (kind === "lines") put(area, clean.items.map(plain).join("\n"));
  else {
    put(area, clean.items[0] || "");
    let row = area.closest("[data-item]");
    for (const line of clean.items.slice(1)) {
      const next = row && add("steps", row);
      // Where no row is left, the last one takes the rest: nothing that was pasted is lost.
      if (next) { row = next; put(row.querySelector("textarea"), line); } else put(row.querySelector("textarea"), ` ${line}`);
    }
  }
});

// Related entries, found by the words of their titles. --------------------------------------------
const adding = document.getElementById("f-related-add");
if (adding) {
  const found = document.getElementById("related-found");
  let asked = 0;
  const choose = () => {
    const option = [...found.options].find((one) => one.value === adding.value || one.dataset.slug === adding.value);
    if (!option) return;
    adding.value = "";
    if (form.querySelector(`[name=related][value="${option.dataset.slug}"]`)) return;
    const chip = Object.assign(document.createElement("label"), { className: "form-check chip" });
    chip.append(
      Object.assign(document.createElement("input"), { className: "form-check-input", type: "checkbox", name: "related", value: option.dataset.slug, checked: true }),
      Object.assign(document.createElement("span"), { className: "form-check-label", textContent: option.value }),
    );
    document.getElementById("related").append(chip);
    changed();
  };
  adding.addEventListener("input", async () => {
    choose();
    const words = adding.value.trim();
    if (!words) return;
    const turn = ++asked;
    const answer = await fetch(`${adding.dataset.suggest}?q=${encodeURIComponent(words)}`).catch(() => null);
    if (!answer || !answer.ok || answer.redirected || turn !== asked) return;
    found.replaceChildren(...(await answer.json()).map((entry) => {
      const option = Object.assign(document.createElement("option"), { value: entry.title });
      option.dataset.slug = entry.slug;
      return option;
    }));
  });
  adding.addEventListener("change", choose);
  adding.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); choose(); } });
}

// The trial. --------------------------------------------------------------------------------------
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
trial.addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = trial.elements.question.value.trim();
  if (!question) return;
  trial.elements.memory.value = [...talk.querySelectorAll("[data-memory]")].at(-1)?.dataset.memory ?? "";
  const fields = new FormData(trial);
  trial.elements.question.value = "";
  fresh.hidden = false;
  const place = document.createElement("div");
  talk.append(Object.assign(document.createElement("div"), { className: "said", textContent: question }), place);
  place.textContent = "正在提问…";
  scroll();
  // What is typed is asked, not what was kept a while ago.
  if (writable && unsaved) { clearTimeout(saveTimer); await keep(); }
  const answer = await send(trial.action, fields).catch(() => null);
  if (!answer || answer.redirected) { place.textContent = "没有问成，请检查网络或重新登录。"; return; }
  place.innerHTML = await answer.text();
  htmx.process(place);
  scroll();
});
})();
