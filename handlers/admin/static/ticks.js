// Check boxes of one name: a button that ticks all or none, and their number in words.
"use strict";

const boxesOf = (name) => [...document.querySelectorAll(`input[type=checkbox][name="${name}"]`)];

function showTicked() {
  document.querySelectorAll("[data-tick-all]").forEach((button) => {
    button.hidden = false;
    button.textContent = boxesOf(button.dataset.tickAll).every((box) => box.checked) ? "全不选" : "全选";
  });
  document.querySelectorAll("[data-ticked]").forEach((place) => {
    const count = boxesOf(place.dataset.ticked).filter((box) => box.checked).length;
    place.textContent = count ? `勾选的${count}组：` : "勾选的组：";
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tick-all]");
  if (!button) return;
  const boxes = boxesOf(button.dataset.tickAll);
  const all = boxes.every((box) => box.checked);
  boxes.forEach((box) => { box.checked = !all; });
  showTicked();
});
document.addEventListener("change", showTicked);
window.addEventListener("pageshow", showTicked);
