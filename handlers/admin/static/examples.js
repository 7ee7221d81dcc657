// The examples of an entry as tables over their textareas, which stay what is sent.
"use strict";

(() => {
const form = document.querySelector(".entry-form");
const section = document.getElementById("examples");
const overlaps = document.getElementById("overlap-card");
const linesOf = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

function tableOf(box) {
  const area = box.querySelector("textarea[name]");
  const body = box.querySelector("tbody");
  const pattern = box.querySelector("template").content.firstElementChild;
  const adding = box.querySelector("[data-adding]");
  const find = box.querySelector("[data-find]");
  const choice = box.querySelector("[data-show]");
  const undo = box.querySelector("[data-undo]");
  const deleted = [];
  let own = false;

  const rows = () => [...body.rows];
  const fieldOf = (row) => row.querySelector("textarea");
  const filled = () => rows().filter((row) => fieldOf(row).value.trim());
  function rowOf(text) {
    const row = pattern.cloneNode(true);
    fieldOf(row).value = fieldOf(row).defaultValue = text;
    return row;
  }
  function build() {
    body.replaceChildren(...linesOf(area.value).map(rowOf));
    show();
  }
  // The textarea tells the form, as if it had been typed in.
  function changed() {
    area.value = filled().map((row) => fieldOf(row).value.trim()).join("\n");
    own = true;
    area.dispatchEvent(new Event("input", { bubbles: true }));
    own = false;
    show();
    checkSoon(box.dataset.examples === "questions");
  }
  function show() {
    const words = find.value.trim().toLowerCase();
    const all = rows();
    for (const row of all) {
      const fits = !choice.value || row.classList.contains(choice.value);
      row.hidden = !(fits && fieldOf(row).value.toLowerCase().includes(words)) && row !== document.activeElement?.closest("tr");
    }
    const shown = all.filter((row) => !row.hidden).length;
    box.querySelector("[data-many]").textContent = shown === all.length ? `${all.length}条` : `${shown} / ${all.length}条`;
    box.querySelector("[data-none]").hidden = shown > 0;
  }
  function tell(text, undoable) {
    box.querySelector("[data-said]").textContent = text;
    if (undo) undo.hidden = !undoable;
  }
  function insert(lines, after) {
    const added = lines.map(rowOf);
    if (after) after.after(...added); else body.append(...added);
    if (!after) added.at(-1)?.scrollIntoView({ block: "nearest" });
    changed();
    tell(lines.length > 1 ? `加了${lines.length}句。` : "", false);
    return added;
  }
  function addTyped() {
    const lines = linesOf(adding.value);
    adding.value = "";
    adding.dispatchEvent(new Event("input", { bubbles: true }));
    if (lines.length) insert(lines, null);
    adding.focus();
  }
  function remove(row) {
    const next = row.nextElementSibling || row.previousElementSibling;
    const text = fieldOf(row).value.trim();
    if (text) deleted.push([rows().indexOf(row), text]);
    row.remove();
    changed();
    if (text) tell(`删去了“${text}”。`, true);
    (next?.querySelector("[data-delete]") || adding).focus();
  }
  undo.addEventListener("click", () => {
    const [at, text] = deleted.pop();
    const row = rowOf(text);
    body.insertBefore(row, rows()[at] || null);
    changed();
    tell("已放回。", deleted.length > 0);
    fieldOf(row).focus();
  });
  body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-delete]");
    if (button) remove(button.closest("tr"));
  });
  body.addEventListener("focusout", (event) => {
    const row = event.target.closest("tr");
    if (event.target.matches("textarea:not([readonly])") && !event.target.value.trim() && row.isConnected && !row.contains(event.relatedTarget)) { row.remove(); show(); }
  });
  box.addEventListener("input", (event) => {
    if (event.target === area) {
      if (!own) { build(); checkSoon(true); }
      return;
    }
    event.stopPropagation();
    if (event.target === find || event.target === choice) show();
    else if (event.target === adding) { if (adding.value.includes("\n")) addTyped(); }
    else if (event.target.value.includes("\n")) {
      const [first = "", ...rest] = linesOf(event.target.value);
      event.target.value = first;
      insert(rest, event.target.closest("tr"));
    } else changed();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing || event.target === area || !event.target.matches("input, textarea")) return;
    event.preventDefault();
    if (event.target === adding) addTyped();
    else if (body.contains(event.target) && event.target.value.trim() && !event.target.readOnly) {
      const row = rowOf("");
      event.target.closest("tr").after(row);
      fieldOf(row).focus();
    }
  });
  box.querySelector("[data-add-line]")?.addEventListener("click", addTyped);
  box.querySelector("[data-as-text]")?.addEventListener("click", (event) => {
    const asText = box.classList.toggle("as-text");
    event.target.setAttribute("aria-pressed", asText);
    if (asText) area.focus();
  });

  // What the server knows about each sentence, in their order.
  function mark(found) {
    const marked = filled();
    if (marked.length !== found.length) return;
    marked.forEach((row, at) => {
      const one = found[at];
      const said = [];
      if (one.repeated) said.push(badge("red", "这里写了两次"));
      if (one.opposed) said.push(badge("red", box.dataset.examples === "questions" ? "也写在反例里" : "也写在示例里"));
      for (const other of one.others) said.push(badge(box.dataset.examples === "questions" ? "red" : "secondary", `“${other.title}”里也有`, `/admin/entries/${other.slug}`));
      row.classList.toggle("twice", one.repeated || one.opposed || (one.others.length > 0 && box.dataset.examples === "questions"));
      row.classList.toggle("asked", one.asked > 0);
      row.classList.toggle("unasked", one.asked === 0);
      row.querySelector("[data-asked]").textContent = one.asked || "–";
      row.querySelectorAll(".marks .badge:not(.alike)").forEach((old) => old.remove());
      row.querySelector(".marks").prepend(...said);
    });
    show();
  }
  function markAlike(found) {
    for (const row of rows()) {
      const alike = found.filter((item) => item.dataset.example === fieldOf(row).value.trim());
      row.classList.toggle("alike", alike.length > 0);
      row.querySelectorAll(".marks .alike").forEach((old) => old.remove());
      row.querySelector(".marks").append(...alike.map((item) => {
        const link = badge("yellow", item.dataset.alike, `#${item.id}`);
        link.classList.add("alike");
        return link;
      }));
    }
    show();
  }

  build();
  return { name: box.dataset.examples, area, mark, markAlike };
}

function badge(colour, text, address) {
  const one = Object.assign(document.createElement(address ? "a" : "span"), { className: `badge bg-${colour}-lt`, textContent: text });
  if (address) one.href = address;
  if (address && !address.startsWith("#")) Object.assign(one, { target: "_blank", rel: "noopener" });
  return one;
}

// Marks are asked for once the tables are seen, then after each pause. ------------------------------
let seen = false;
let turn = 0;
let markTimer = 0;
let overlapTimer = 0;
async function check() {
  const asked = ++turn;
  const fields = new FormData();
  fields.append("csrf", form.elements.csrf.value);
  for (const table of tables) fields.append(table.name, table.area.value);
  const answer = await fetch(section.dataset.marks, { method: "POST", body: fields, headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected || asked !== turn) return;
  const found = await answer.json().catch(() => null);
  if (found) for (const table of tables) table.mark(found[table.name]);
}
function checkSoon(examples) {
  if (!seen) return;
  clearTimeout(markTimer);
  markTimer = setTimeout(check, 1000);
  if (!examples) return;
  clearTimeout(overlapTimer);
  overlapTimer = setTimeout(() => htmx.trigger(overlaps, "check"), 3000);
}
const tables = [...section.querySelectorAll("[data-examples]")].map(tableOf);
document.addEventListener("htmx:after:swap", () => {
  const found = [...overlaps.querySelectorAll("[data-example]")];
  tables.find((table) => table.name === "questions").markAlike(found);
});
new IntersectionObserver(([entry], observer) => {
  if (!entry.isIntersecting) return;
  observer.disconnect();
  seen = true;
  check();
  htmx.trigger(overlaps, "check");
}).observe(section);
})();
