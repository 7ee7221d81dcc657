// Check boxes of one name: a button that ticks all or none, and their number in words.
"use strict";

const boxesOf = (name) => [...document.querySelectorAll(`input[type=checkbox][name="${name}"]`)];

function showTicked() {
  document.querySelectorAll("[data-tick-all]").forEach((button) => {
    button.hidden = false;
    button.textContent = boxesOf(button.dataset.tickAll).every((box) => box.checked) ? "全不选" : "全选";
  });
  document.querySelectorAll("[data-tick-topic]").forEach((button) => { button.hidden = false; });
  // A known point needs no text.
  const point = document.getElementById("f-point");
  if (point) document.querySelector("[data-new-point]").hidden = point.value !== "";
  document.querySelectorAll("[data-ticked]").forEach((place) => {
    const count = boxesOf(place.dataset.ticked).filter((box) => box.checked).length;
    place.textContent = count ? `勾选的${count}组：` : "勾选的组：";
  });
}

document.addEventListener("click", (event) => {
  const topic = event.target.closest("[data-tick-topic]");
  if (topic) {
    const boxes = [...document.querySelectorAll(`input[data-topic="${topic.dataset.tickTopic}"]`)];
    const all = boxes.every((box) => box.checked);
    boxes.forEach((box) => { box.checked = !all; });
    showTicked();
    return;
  }
  const button = event.target.closest("[data-tick-all]");
  if (!button) return;
  const boxes = boxesOf(button.dataset.tickAll);
  const all = boxes.every((box) => box.checked);
  boxes.forEach((box) => { box.checked = !all; });
  showTicked();
});
document.addEventListener("change", showTicked);
window.addEventListener("pageshow", showTicked);
