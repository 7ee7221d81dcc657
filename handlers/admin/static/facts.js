// Facts of the tables beside the form: searched, and inserted where the cursor was.
"use strict";

(() => {
const form = document.querySelector(".entry-form");
const card = document.getElementById("facts");
if (!card) return;
let field = form.elements.answer;

// The placeholders that the field knows: those of its state.
function namesOf() {
  return (field.closest("[data-variant]")?.dataset.names || "").match(/\{[^}]+\}/g) || [];
}
function fits(text) {
  return (text.match(/\{[^}]+\}/g) || []).every((name) => namesOf().includes(name));
}
function show() {
  const place = card.querySelector("[data-fact-place]");
  if (!place) return;
  const state = field.closest("[data-variant]")?.querySelector("legend").textContent;
  const name = field.name === "step" ? "步骤" : field.name.startsWith("steps.") ? "步骤" : "答案";
  place.textContent = `插入到：${state ? `“${state}”的` : ""}${name}，光标所在的地方`;
  const names = card.querySelector("[data-names-known]");
  for (const button of names.querySelectorAll("[data-insert]")) button.hidden = !fits(button.dataset.insert);
  names.hidden = namesOf().length === 0;
}
form.addEventListener("focusin", (event) => {
  if (!event.target.matches("[data-markup]")) return;
  field = event.target;
  show();
});
card.addEventListener("mousedown", (event) => { if (event.target.closest("[data-insert]")) event.preventDefault(); });
card.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  if (!field.isConnected) field = form.elements.answer;
  const { pattern, insert } = button.dataset;
  field.focus();
  field.setRangeText(pattern && fits(pattern) ? pattern : insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
card.addEventListener("input", (event) => {
  if (!event.target.matches("[data-find-fact]")) return;
  const words = event.target.value.trim().toLowerCase();
  for (const part of card.querySelectorAll("[data-facts]")) {
    const found = [...part.querySelectorAll("[data-fact]")];
    for (const one of found) one.hidden = !one.textContent.toLowerCase().includes(words);
    part.hidden = words && !found.some((one) => !one.hidden);
  }
});
document.addEventListener("htmx:after:swap", show);
document.querySelector("[data-open-facts]").addEventListener("click", () => {
  card.open = true;
  card.scrollIntoView({ block: "nearest" });
});
})();
