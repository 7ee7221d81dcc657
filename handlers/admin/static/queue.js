// The centre's queue: filters kept as views of this browser.
"use strict";

const KEPT = "centre-views", MOST = 8;
const place = document.querySelector("[data-views]"), save = document.querySelector("[data-save-view]");
function kept() {
  try { return JSON.parse(localStorage.getItem(KEPT)) || []; } catch { return []; }
}
function keep(views) {
  localStorage.setItem(KEPT, JSON.stringify(views.slice(-MOST)));
  show();
}
function show() {
  place.querySelectorAll("[data-own-view]").forEach((part) => part.remove());
  kept().forEach((view, index) => {
    const part = document.createElement("span"), link = document.createElement("a"), remove = document.createElement("button");
    part.className = "btn-group";
    part.dataset.ownView = view.name;
    link.className = "btn btn-sm";
    link.href = `?${view.query}`;
    link.textContent = view.name;
    remove.className = "btn btn-sm";
    remove.type = "button";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `删除筛选“${view.name}”`);
    remove.addEventListener("click", () => keep(kept().filter((_, other) => other !== index)));
    part.append(link, remove);
    save.before(part);
  });
}
const chosen = new URLSearchParams(location.search);
["after", "number", "done"].forEach((name) => chosen.delete(name));
[...chosen].forEach(([name, value]) => { if (!value) chosen.delete(name); });
save.hidden = !chosen.size;
save.addEventListener("click", () => {
  const titles = [...chosen].map(([name, value]) => document.querySelector(`[name="${name}"] option[value="${CSS.escape(value)}"]`)?.textContent || value);
  const name = window.prompt("这样的筛选叫什么？", titles.join("，"));
  if (name && name.trim()) keep([...kept().filter((view) => view.query !== `${chosen}`), { name: name.trim().slice(0, 30), query: `${chosen}` }]);
});
show();
