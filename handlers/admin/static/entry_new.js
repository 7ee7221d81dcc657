// A new entry: the slug follows the title until it is typed; a taken slug or number is told at once.
"use strict";

(() => {
const form = document.querySelector(".entry-new");
const { title, slug } = form.elements;
const number = form.elements.case;
const place = document.getElementById("number");
let own = slug.value !== "";

function tell(field, message) {
  field.classList.toggle("is-invalid", Boolean(message));
  let said = document.getElementById(`e-${field.name}`);
  if (!said) {
    if (!message) return;
    said = Object.assign(document.createElement("div"), { id: `e-${field.name}`, className: "invalid-feedback" });
    said.setAttribute("role", "alert");
    field.after(said);
  }
  said.textContent = message || "";
  if (message) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", said.id);
  } else field.removeAttribute("aria-invalid");
}

let asked = 0;
let timer = 0;
async function check() {
  const turn = ++asked;
  const given = new URLSearchParams({ title: title.value, slug: own ? slug.value : "", case: isCase() ? number.value : "" });
  const answer = await fetch(`/admin/entry-names?${given}`).catch(() => null);
  if (!answer || !answer.ok || answer.redirected || turn !== asked) return;
  const found = await answer.json();
  if (!own) slug.value = found.slug;
  tell(slug, found.errors.slug);
  tell(number, found.errors.case);
  showAlike(found.alike);
}
// Entries that answer such a question already.
const alike = document.getElementById("alike");
function showAlike(found) {
  alike.hidden = found.length === 0;
  alike.querySelector("ul").replaceChildren(...found.map((entry) => {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("a"), { href: entry.address, target: "_blank", rel: "noopener", textContent: entry.title }));
    return item;
  }));
}
function isCase() {
  return form.elements.kind.value === "case";
}
function showNumber() {
  place.hidden = !isCase();
}
form.addEventListener("input", (event) => {
  if (event.target === slug) own = slug.value.trim() !== "";
  clearTimeout(timer);
  timer = setTimeout(check, 250);
});
form.addEventListener("change", showNumber);
showNumber();
// The title that a copy brings, or that was typed before this script came.
if (title.value && !own) check();
})();
