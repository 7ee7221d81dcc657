// The points of an entry: lines that come, go, move and are found. autosave.js saves them.
"use strict";

(() => {
const form = document.querySelector(".entry-form");
const list = document.getElementById("points");
document.documentElement.classList.add("scripted");
const changed = () => form.dispatchEvent(new Event("input"));
const rows = () => [...list.querySelectorAll(".point")];
const field = (row, name) => row.querySelector(`[name^="${name}."]`);

// The line of a point repeats what is typed in its form. --------------------------------------------
function tell(row) {
  row.querySelector("[data-shown=question]").textContent = field(row, "question").value.trim() || "新要点";
  row.querySelector("[data-shown=answer]").textContent = field(row, "answer").value.trim();
  row.querySelector("[data-shown=local]").hidden = !field(row, "is_local").checked;
  const wordings = field(row, "wordings");
  const count = wordings.value.split("\n").filter((line) => line.trim()).length;
  const place = row.querySelector("[data-wordings]");
  place.textContent = `${count}种，至少${wordings.dataset.least}种，一行一句`;
  place.classList.toggle("text-danger", count < Number(wordings.dataset.least));
}
// The empty line is for browsers without scripts.
const blank = list.querySelector("[data-blank]");
if (blank && ![...blank.querySelectorAll("input:not([type=hidden]), textarea")].some((one) => one.value !== one.defaultValue)) blank.remove();
rows().forEach(tell);
form.addEventListener("input", (event) => {
  const row = event.target.closest?.(".point");
  if (row) tell(row);
});
form.addEventListener("change", (event) => {
  const row = event.target.closest?.(".point");
  if (!row) return;
  tell(row);
  if (event.target.name.startsWith("action_type.")) field(row, "action_target").setAttribute("list", `targets-${event.target.value}`);
});

// Adding, moving and deleting. ----------------------------------------------------------------------
const fits = () => document.querySelectorAll("[data-add-point]").forEach((button) => { button.disabled = rows().length >= Number(list.dataset.most); });
function add(asks) {
  const holder = document.createElement("ol");
  const id = `p_${[...crypto.getRandomValues(new Uint8Array(4))].map((one) => one.toString(16).padStart(2, "0")).join("")}`;
  holder.innerHTML = document.getElementById("new-point").innerHTML.replaceAll("NEW", id);
  const row = holder.firstElementChild;
  list.append(row);
  field(row, "asks").value = asks;
  tell(row);
  fits();
  field(row, "question").focus();
}
document.querySelectorAll("[data-add-point]").forEach((button) => {
  button.addEventListener("click", () => {
    add(button.dataset.addPoint);
    if (button.dataset.addPoint) button.remove();
  });
});
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-row]");
  if (!button) return;
  const row = button.closest(".point");
  if (button.dataset.row === "remove") {
    const text = field(row, "question").value.trim();
    if (text && !confirm(`删掉要点“${text}”？历史里还能找回。`)) return;
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    next?.querySelector("summary")?.focus();
    fits();
  } else {
    const other = button.dataset.row === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (other) button.dataset.row === "up" ? other.before(row) : other.after(row);
    button.focus();
  }
  changed();
});

// The states of a point, found by the words of their titles. ----------------------------------------
function choose(input) {
  const found = input.value.match(/^(.*)（(\w+)）$/);
  if (!found) return;
  const chips = input.parentElement.querySelector(".chips");
  input.value = "";
  if ([...chips.querySelectorAll("input")].some((one) => one.value === found[2])) return;
  const chip = Object.assign(document.createElement("label"), { className: "form-check chip" });
  chip.append(
    Object.assign(document.createElement("input"), { className: "form-check-input", type: "checkbox", name: input.dataset.addState, value: found[2], checked: true }),
    Object.assign(document.createElement("span"), { className: "form-check-label", textContent: found[1] }),
  );
  chips.append(chip);
  changed();
}
form.addEventListener("input", (event) => { if (event.target.dataset?.addState) choose(event.target); });
form.addEventListener("keydown", (event) => {
  if (event.target.dataset.addState && event.key === "Enter") { event.preventDefault(); choose(event.target); }
});

// Finding, and opening the one that the address names. ----------------------------------------------
const words = document.querySelector("[data-find-point]");
const local = document.querySelector("[data-find-local]");
function find() {
  const wanted = words.value.trim().toLowerCase();
  let count = 0;
  for (const row of rows()) {
    const said = ["question", "wordings", "answer"].map((name) => field(row, name).value).join("\n").toLowerCase();
    row.hidden = !said.includes(wanted) || (local.checked && !field(row, "is_local").checked);
    count += !row.hidden;
  }
  document.querySelector("[data-none-found]").hidden = count > 0;
}
words.addEventListener("input", find);
local.addEventListener("change", find);
const all = document.querySelector("[data-open-all]");
all.addEventListener("click", () => {
  const isOpen = all.textContent === "全部展开";
  for (const row of rows()) row.querySelector("details").open = isOpen;
  all.textContent = isOpen ? "全部收起" : "全部展开";
});
function openNamed() {
  const named = document.getElementById(location.hash.slice(1));
  if (!named || !named.matches(".point")) return;
  named.querySelector("details").open = true;
  named.scrollIntoView();
}
window.addEventListener("hashchange", openNamed);
openNamed();

// A limit goes where the answer was written last. ---------------------------------------------------
let written = null;
form.addEventListener("focusin", (event) => { if (event.target.name?.startsWith("answer.")) written = event.target; });
document.querySelectorAll("[data-placeholder]").forEach((button) => {
  button.addEventListener("click", () => {
    if (!written?.isConnected) return;
    written.setRangeText(button.dataset.placeholder, written.selectionStart, written.selectionEnd, "end");
    written.focus();
    written.dispatchEvent(new Event("input", { bubbles: true }));
  });
});
})();
