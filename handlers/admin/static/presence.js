// Who else writes the same entry now: <div data-presence="address">.
"use strict";

(() => {
const place = document.querySelector("[data-presence]");
const EVERY = 15000;
// An idle page looks no more: it neither says that its member writes nor keeps the session alive.
const IDLE = 180000;
let acted = Date.now();
for (const name of ["keydown", "pointerdown", "focus"]) window.addEventListener(name, () => { acted = Date.now(); }, true);
async function look() {
  if (document.hidden || Date.now() - acted > IDLE) return;
  const headers = { "HX-Request": "true", "X-CSRF-Token": document.querySelector("input[name=csrf]").value };
  const answer = await fetch(place.dataset.presence, { method: "POST", body: new FormData(), headers }).catch(() => null);
  if (!answer || !answer.ok || answer.redirected) return;
  const { others } = await answer.json();
  place.hidden = others.length === 0;
  place.querySelector("[data-others]").textContent = others.join("、");
}
look();
setInterval(look, EVERY);
document.addEventListener("visibilitychange", look);
window.addEventListener("pagehide", () => {
  const fields = new FormData();
  fields.append("csrf", document.querySelector("input[name=csrf]").value);
  fields.append("leaves", "1");
  navigator.sendBeacon(place.dataset.presence, fields);
});
})();
