// The length of what is typed, against the limit of its check: <textarea data-longest="200">.
"use strict";

(() => {
const form = document.querySelector(".entry-form");
const length = (text) => [...text.trim()].length;

// In a label, among the tools of a row, or beside an example.
function placeOf(field) {
  if (field.id && document.querySelector(`[data-length-of="${field.id}"]`)) return document.querySelector(`[data-length-of="${field.id}"]`);
  const inLabel = field.closest("label")?.querySelector("[data-length]");
  if (inLabel) return inLabel;
  const beside = field.closest("tr")?.querySelector(".asked") || field.closest(".edit-row")?.querySelector(".row-tools") || field.parentElement;
  let place = beside.querySelector(".length");
  if (!place) beside.append(place = Object.assign(document.createElement("span"), { className: "length" }));
  return place;
}
function tell(field) {
  const longest = Number(field.dataset.longest);
  const typed = length(field.value);
  let over = typed > longest;
  let text = typed ? `${typed}/${longest}` : "";
  if ("whole" in field.dataset) {
    // The limit of the answer is that of title, answer and steps together.
    const whole = [form.elements.title, field, ...form.querySelectorAll("[name=step]")].reduce((sum, one) => sum + length(one.value), 0);
    over = whole > longest;
    text = `${typed}字，连标题和步骤 ${whole}/${longest}`;
  }
  const place = placeOf(field);
  place.textContent = text;
  place.classList.toggle("too-long", over);
  field.classList.toggle("is-invalid", over);
}
const answer = form.querySelector("[data-whole]");
function follow(event) {
  if (event.target.matches?.("[data-longest]")) tell(event.target);
  if (answer && event.target.matches?.("[name=title], [name=step]")) tell(answer);
}
for (const name of ["input", "focusin"]) form.addEventListener(name, follow, true);
// A row taken away counts no longer.
form.addEventListener("click", (event) => { if (answer && event.target.closest("[data-row=remove]")) setTimeout(() => tell(answer)); });
form.querySelectorAll("[data-longest]").forEach((field) => { if (!field.closest("tr, [data-examples]")) tell(field); });
})();
