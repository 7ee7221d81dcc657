// The form of an entry: rows, text from Word, the preview. autosave.js saves it, trial.js asks it.
"use strict";

(() => {
const form = document.querySelector(".entry-form");
document.documentElement.classList.add("scripted");

// The preview, as the server makes it of what would be saved. -------------------------------------
const preview = document.getElementById("preview");
let previewing = 0;
async function show() {
  const turn = ++previewing;
  const headers = { "HX-Request": "true", "X-CSRF-Token": form.elements.csrf.value };
  const answer = await fetch(preview.dataset.from, { method: "POST", body: Autosave.typed(), headers }).catch(() => null);
  if (answer && answer.ok && !answer.redirected && turn === previewing) preview.innerHTML = await answer.text();
}
// Its links lead into the mini program, which is not open here.
preview.addEventListener("click", (event) => { if (event.target.closest("a")) event.preventDefault(); });

let previewTimer = 0;
form.addEventListener("input", () => {
  count();
  clearTimeout(previewTimer);
  previewTimer = setTimeout(show, 350);
});
// Rows that come, go and move are changes, too.
function changed() { form.dispatchEvent(new Event("input")); }

function count() {
  for (const label of document.querySelectorAll("[data-count]")) {
    const lines = document.getElementById(label.dataset.count).value.split("\n").filter((line) => line.trim());
    label.textContent = `${lines.length}条`;
  }
}
count();
// What was typed before this script came is shown.
if ([...form.elements].some((field) => field.matches("input, textarea") && field.value !== field.defaultValue)) show();

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

// Answers have no tables: a pasted one becomes a list, and the editor is told.
function warnOfTable(area, isTable) {
  const place = area.closest("[data-item], .mb-3, fieldset") || area.parentElement;
  place.querySelector(".pasted-table")?.remove();
  if (!isTable) return;
  const said = Object.assign(document.createElement("div"), { className: "pasted-table text-warning-emphasis small", textContent: "粘贴的是表格，已改成列表，一行一项；请核对每一项，合并过的单元格要自己补。" });
  said.setAttribute("role", "status");
  place.append(said);
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
  fields.append("text", text);
  if (html) fields.append("html", html);
  let clean = { text, items: text.split("\n").filter((line) => line.trim()) };
  const answer = await Autosave.send("/admin/pasted-text", fields).catch(() => null);
  if (answer && answer.ok && !answer.redirected) clean = await answer.json();
  warnOfTable(area, clean.is_table);
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
})();
