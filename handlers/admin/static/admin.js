// What the admin pages do in the browser besides Tabler and htmx. No inline script runs here.
"use strict";

// A question before an act that cannot be taken back: <button data-confirm="…">. With data-needs,
// the id of a field, it is asked once the field is filled: until then the server says what is missing.
document.addEventListener("click", (event) => {
  const asked = event.target.closest("[data-confirm]");
  const needed = asked && asked.dataset.needs && document.getElementById(asked.dataset.needs);
  if (needed && !needed.value.trim()) return;
  // What the browser itself is going to refuse needs no question either.
  if (asked && asked.form && !asked.formNoValidate && !asked.form.checkValidity()) return;
  if (asked && !window.confirm(asked.dataset.confirm)) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);

// <button data-copy="text"> copies it; <button data-print> prints the page.
document.addEventListener("click", async (event) => {
  const copying = event.target.closest("[data-copy]");
  if (copying) {
    await navigator.clipboard.writeText(copying.dataset.copy);
    copying.setAttribute("data-copied", "");
    setTimeout(() => copying.removeAttribute("data-copied"), 1500);
  }
  if (event.target.closest("[data-print]")) window.print();
});

// <button data-key="1"> is pressed by that key, except while a field is typed in or chosen from.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea")) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (button) button.click();
});

// <select data-other="#id">: the part is shown while "other" is chosen.
function showOther() {
  document.querySelectorAll("[data-other]").forEach((select) => {
    document.querySelector(select.dataset.other).hidden = select.value !== "other";
  });
}
document.addEventListener("change", showOther);
window.addEventListener("pageshow", showOther);
showOther();

// The menu shows the present page, however long it is.
const here = document.querySelector(".navbar-vertical .nav-item.active");
if (here) here.scrollIntoView({ block: "nearest" });

// A table wider than its place says so (admin.css) and is scrolled by the keyboard, too.
const widths = new ResizeObserver((seen) => seen.forEach(({ target }) => {
  const scrolls = target.scrollWidth > target.clientWidth + 1;
  target.classList.toggle("scrolls", scrolls);
  if (!scrolls) return;
  target.tabIndex = 0;
  if (!target.hasAttribute("role")) target.setAttribute("role", "group");
  if (!target.hasAttribute("aria-label")) target.setAttribute("aria-label", "表格，可以左右滚动");
}));
function watchTables() {
  document.querySelectorAll(".table-responsive").forEach((place) => widths.observe(place));
}
document.addEventListener("htmx:after:swap", watchTables);
watchTables();
