// Keeps what editors type: on this computer at once, in the draft soon after, and through lost
// networks, ended sessions and crashes. <form data-autosave="address"> with templates/content/autosave.html.
"use strict";

const Autosave = (() => {
const form = document.querySelector("form[data-autosave]");
const state = document.getElementById("saving");
const dialog = document.querySelector("dialog.signing-in");
const door = dialog && dialog.querySelector("form");
const csrf = () => document.querySelector("input[name=csrf]").value;
const pause = (time) => new Promise((go) => { setTimeout(go, time); });
const CLOCK = { hourCycle: "h23", timeZone: "Asia/Shanghai" };

// The session. --------------------------------------------------------------------------------------
function renew(token) {
  for (const field of document.querySelectorAll("input[name=csrf]")) field.value = token;
  document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRF-Token": token }));
}

// Whether the member of this page is signed in; asks for the password if not.
async function signedIn() {
  if (!form) return false;
  const answer = await fetch(door.action, { cache: "no-store" });
  const found = await answer.json();
  const isMember = String(found.member) === form.dataset.member;
  if (!answer.ok || !isMember) return askPassword(!isMember);
  renew(found.csrf);
  return true;
}

let asking = null;
let answered = null;
let lastKey = 0;
document.addEventListener("keydown", () => { lastKey = Date.now(); }, true);
function askPassword(inFull) {
  asking ??= (async () => {
    say("登录已过期，文字留在这台电脑上");
    // Letters of a sentence do not go into the field of the password.
    while (Date.now() - lastKey < 1000) await pause(200);
    const totp = door.querySelector("[data-totp]");
    if (totp) {
      totp.hidden = !inFull;
      totp.querySelector("input").required = inFull;
    }
    dialog.showModal();
    return new Promise((resolve) => { answered = resolve; });
  })().finally(() => { asking = null; });
  return asking;
}
if (dialog) {
  const said = dialog.querySelector("[role=alert]");
  door.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(door.action, { method: "POST", body: new FormData(door) }).catch(() => null);
    const found = answer && await answer.json().catch(() => null);
    said.textContent = found ? found.message || "" : "没有网络，请稍后再试。";
    if (!found || !answer.ok) return;
    renew(found.csrf);
    answered(true);
    dialog.close();
  });
  dialog.querySelector("[data-later]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    door.reset();
    said.textContent = "";
    answered(false);
  });
  // Parts that htmx asks for would leave the page for the sign-in.
  document.addEventListener("htmx:before:response", (event) => {
    if (form && event.detail.ctx.response.status === 401) event.preventDefault();
  });
}

// Send a request of the page; an ended session asks for the password and sends it again.
async function send(address, fields) {
  const post = () => fetch(address, { method: "POST", body: fields, headers: { "HX-Request": "true", "X-CSRF-Token": csrf() } });
  const answer = await post();
  return [401, 403].includes(answer.status) && await signedIn() ? post() : answer;
}
if (!form) return { send, typed: () => new FormData(), keep: async () => {} };

// The copy on this computer. ------------------------------------------------------------------------
const key = `autosave:${form.dataset.member}:${form.dataset.autosave}`;
const page = String(Math.random());
const leave = new Set(["csrf", ...form.dataset.leave.split(" ")]);
let isCopied = true;
let copyTimer = 0;
// A field of a row is NAME.ROW.
const isLeft = (name) => leave.has(name.split(".")[0]);
function typed() {
  const fields = new FormData(form);
  for (const name of [...fields.keys()]) if (isLeft(name)) fields.delete(name);
  return fields;
}
function copy(more = {}) {
  clearTimeout(copyTimer);
  copyTimer = 0;
  try {
    localStorage.setItem(key, JSON.stringify({ page, at: Date.now(), fields: [...typed()], ...more }));
    isCopied = true;
  } catch { isCopied = false; }
}
function copied(name = key) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}
function forget() {
  clearTimeout(copyTimer);
  copyTimer = 0;
  // Another tab's text stays.
  if (copied()?.page === page) localStorage.removeItem(key);
}

// Saving to the draft. ------------------------------------------------------------------------------
let edits = 0;
let saved = 0;
let unanswered = null;
let isStopped = false;
// What keeps the text from the draft: offline, expired, refused.
let obstacle = "";
let delay = 1000;
let timer = 0;
let since = 0;
let running = null;
function say(text, isBad = false) {
  state.textContent = text;
  state.classList.toggle("text-danger", isBad);
  state.classList.toggle("fw-bold", isBad);
}
function failed(what, text) {
  obstacle = what;
  say(`${text}${isCopied ? "文字留在这台电脑上，会自动再存" : "会自动再存；先不要关闭这一页"}`, true);
  clearTimeout(timer);
  timer = setTimeout(keep, delay);
  delay = Math.min(2 * delay, 60000);
}
function show(kept) {
  for (const [name, value] of Object.entries(kept.fields)) {
    for (const field of document.querySelectorAll(`input[name=${name}]`)) field.value = value;
  }
  for (const [id, text] of Object.entries(kept.texts)) {
    const place = document.getElementById(id);
    if (place) place.textContent = text;
  }
  for (const name of ["problems", "warnings"]) {
    document.getElementById(name)?.replaceChildren(
      ...kept[name].map((text) => Object.assign(document.createElement("li"), { textContent: text })),
    );
  }
  // What is retired has no such button.
  const discard = document.getElementById("discard");
  if (discard) discard.hidden = !kept.can_discard;
}
async function save() {
  clearTimeout(timer);
  since = 0;
  if (saved === edits) return;
  while (saved < edits && !isStopped) {
    // Text whose answer was lost is sent again as it was: the draft may have it, at its next revision.
    unanswered ??= { fields: typed(), edits };
    say("正在保存…");
    let answer, kept;
    try {
      answer = await send(form.dataset.autosave, unanswered.fields);
      kept = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : await answer.text();
    } catch { return failed("offline", "没有网络，"); }
    const sent = unanswered.edits;
    unanswered = null;
    if (answer.status === 401) {
      obstacle = "expired";
      return say("登录已过期，文字留在这台电脑上；按“保存”重新登录", true);
    }
    if (answer.status === 409 && kept.editor) {
      isStopped = true;
      return say(`${kept.editor}刚改过这一条，您写的还在；请按“保存”逐项对照合并。`, true);
    }
    if (!answer.ok || answer.redirected || !kept.fields) {
      const why = answer.redirected ? "" : new DOMParser().parseFromString(kept, "text/html").body.textContent.trim();
      return failed("refused", `没能存到草稿。${why}`);
    }
    saved = sent;
    show(kept);
  }
  if (isStopped) return;
  delay = 1000;
  obstacle = "";
  forget();
  say(`已保存 ${new Date().toLocaleTimeString("zh-CN", CLOCK)}`);
}
function keep() {
  running ??= save().finally(() => { running = null; });
  return running;
}
function changed() {
  edits += 1;
  copyTimer ||= setTimeout(copy, 250);
  if (isStopped || obstacle === "expired") return;
  if (!obstacle && !running && !since) say("有改动，马上存到草稿");
  since ||= Date.now();
  clearTimeout(timer);
  // After a pause, and while typing goes on at least every ten seconds.
  timer = setTimeout(keep, Math.max(0, Math.min(1500, since + 10000 - Date.now())));
}
form.addEventListener("input", (event) => { if (!isLeft(event.target.name || "")) changed(); });
window.addEventListener("online", () => { if (saved < edits) keep(); });
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  if (dialog.open) return;
  if (isStopped) form.requestSubmit();
  else if (saved === edits) say("没有新的改动");
  else keep();
});
// What was typed before this script came is not saved by itself: a browser that brings back an old
// page's text must not write it over a newer one.
const isTyped = [...form.elements].some((field) => field.matches("input, textarea") && !isLeft(field.name) && field.value !== field.defaultValue);
if (isTyped) edits += 1;

// Leaving the page. ---------------------------------------------------------------------------------
let isLeaving = false;
let isAsked = false;
// Whether a form can be sent: the text is in the draft and the session is alive.
async function ready() {
  await keep();
  if (saved < edits && !isStopped && obstacle !== "refused") return false;
  try { return await signedIn(); } catch {
    say("没有网络，这一次没有提交；网络好了再按一次", true);
    return false;
  }
}
document.addEventListener("submit", async (event) => {
  if (isLeaving || event.defaultPrevented || event.target.method !== "post") return;
  event.preventDefault();
  if (isAsked) return;
  isAsked = true;
  const { target, submitter } = event;
  const isReady = await ready();
  isAsked = false;
  if (!isReady) return;
  if (saved < edits) copy({ isSent: true });
  isLeaving = true;
  target.requestSubmit(submitter);
});
window.addEventListener("beforeunload", (event) => { if (saved < edits && !isLeaving) event.preventDefault(); });
// After a refused form the address is not one that can be opened again.
if (location.pathname !== new URL(form.action).pathname) history.replaceState(null, "", form.action);

// What a crash left behind. -------------------------------------------------------------------------
const HIDDEN = ["revision", "seen"];
const visible = (fields) => fields.filter(([name]) => !HIDDEN.includes(name));
const bar = document.getElementById("left-here");
const put = `${key}:left`;
const place = (name) => bar.querySelector(`[data-left=${name}]`);
const present = visible([...typed()]);
const found = copied();
const left = found || copied(put);
const isDone = left && left.isSent && new URLSearchParams(location.search).has("done");
if (left && !isDone && JSON.stringify(visible(left.fields)) !== JSON.stringify(present)) {
  // Out of the way of what is typed now.
  if (found) localStorage.setItem(put, JSON.stringify(found));
  const known = new Set(present.map(([, value]) => value));
  const differing = visible(left.fields).map(([, value]) => value).filter((value) => value.trim() && !known.has(value));
  place("at").textContent = new Date(left.at).toLocaleString("zh-CN", CLOCK);
  place("texts").replaceChildren(...differing.slice(0, 3).map((value) => Object.assign(document.createElement("li"), { textContent: value.length > 80 ? `…${value.slice(-80)}` : value })));
  place("use").addEventListener("click", () => {
    localStorage.setItem(put, JSON.stringify({ ...left, isSent: true }));
    const again = Object.assign(document.createElement("form"), { method: "post", action: form.action, hidden: true });
    for (const [name, value] of [["csrf", csrf()], ...left.fields]) {
      again.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    }
    document.body.append(again);
    again.requestSubmit();
  });
  place("drop").addEventListener("click", () => {
    localStorage.removeItem(put);
    bar.hidden = true;
  });
  bar.hidden = false;
} else if (left) localStorage.removeItem(put);
if (found) localStorage.removeItem(key);
if (isTyped) copy();

return { send, typed, keep };
})();
