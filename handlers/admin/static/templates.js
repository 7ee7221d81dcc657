// The centre: tick all tickets, fill an answer from a template.
"use strict";

// <input type="checkbox" data-ticks="tickets"> ticks all boxes of that name.
document.addEventListener("change", (event) => {
  const name = event.target.dataset.ticks;
  if (name) document.querySelectorAll(`input[name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
  // <select data-fills="#id">: the chosen text replaces that of the field.
  const filled = event.target.dataset.fills;
  if (filled && event.target.value) document.querySelector(filled).value = event.target.value;
});
