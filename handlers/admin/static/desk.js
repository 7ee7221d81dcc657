// The desks: a form is sent once, and a picture as soon as it was taken.
"use strict";

// Two clicks are one: the buttons rest until the answer is there. After the event, because a button
// that rests already does not send its value.
document.addEventListener("submit", (event) => {
  const buttons = event.target.querySelectorAll("button[type=submit]");
  setTimeout(() => buttons.forEach((button) => { button.disabled = true; }), 0);
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("main button[type=submit]:disabled").forEach((button) => { button.disabled = false; });
});

// After a refusal the work goes on at the first wrong field.
const wrong = document.querySelector("main [aria-invalid=true]");
if (wrong) wrong.focus();

// <section data-print-now>: the print dialog opens with the page, once.
window.addEventListener("load", () => { if (document.querySelector("[data-print-now]")) window.print(); });

// <input type="file" data-send>
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send]") && event.target.files.length) event.target.form.requestSubmit();
});

// <input type="radio" data-shows="#id">: the part is shown while it is chosen; data-hides: hidden.
// Fields of a hidden part are disabled: the browser would refuse a wrong value in them silently.
function show(part, isShown) {
  part.hidden = !isShown;
  part.querySelectorAll("input").forEach((field) => { field.disabled = !isShown; });
}
function showChosen() {
  document.querySelectorAll("[data-hides]").forEach((input) => {
    show(document.querySelector(input.dataset.hides), !input.checked);
  });
  document.querySelectorAll("[data-shows]").forEach((input) => {
    show(document.querySelector(input.dataset.shows), input.checked && !input.disabled);
  });
}
document.addEventListener("change", showChosen);
// A page that the browser goes back to gets its choices after the scripts.
window.addEventListener("pageshow", showChosen);
showChosen();

// <form data-draft>: what is typed is kept at once, so a session that ends meanwhile loses nothing.
let waiting;
function keepSoon(form) {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    const typed = new FormData(form);
    // Files are sent with the form alone.
    for (const [name, value] of [...typed]) if (value instanceof File) typed.delete(name);
    typed.append("draft", "1");
    fetch(form.action, { method: "POST", body: new URLSearchParams(typed), redirect: "manual" }).catch(() => {});
  }, 600);
}
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-draft]");
  if (form) keepSoon(form);
});
// What was typed before this script was there counts, too.
document.querySelectorAll("[data-draft]").forEach((form) => {
  const isTyped = (field) => field.defaultValue !== undefined && field.value !== field.defaultValue;
  if ([...form.elements].some(isTyped)) keepSoon(form);
});
document.addEventListener("submit", () => clearTimeout(waiting));
