"use strict";

const POLL_MILLISECONDS = 700;
const { openid, push, conversation } = document.body.dataset;
const list = document.getElementById("messages");
const title = document.getElementById("title");
const form = document.getElementById("write");
const name = title.textContent;
let shown = "";

const element = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
};

// WeChat shows no HTML but links; those into the mini program name its page.
function fill(bubble, text) {
  const link = /<a\b([^>]*)>([\s\S]*?)<\/a>/g;
  let end = 0;
  for (const match of text.matchAll(link)) {
    bubble.append(text.slice(end, match.index));
    const anchor = element("a", "", match[2]);
    const page = /data-miniprogram-path="([^"]*)"/.exec(match[1]);
    const href = /href="([^"]*)"/.exec(match[1]);
    anchor.title = page ? `小程序页面 ${page[1]}` : href ? href[1] : "";
    bubble.append(anchor);
    end = match.index + match[0].length;
  }
  bubble.append(text.slice(end));
}

function line(message) {
  if (message.side === "user" && message.msgtype === "event") {
    return element("p", "notice", `进入会话（${message.text}）`);
  }
  const row = element("div", `line ${message.side}`);
  const bubble = element("div", "bubble");
  if (message.msgtype === "subscribe") {
    bubble.classList.add("service-note");
    bubble.append(element("small", "", "服务通知 · 订阅消息"));
  }
  fill(bubble, message.text);
  row.append(bubble);
  return row;
}

function answered(message) {
  if (message.side !== "user" || message.answer === "success") return null;
  if (message.answer === "transfer_customer_service") {
    return element("p", "notice", "已转给人工客服");
  }
  return element("p", "notice wrong", `没有送达：${message.answer}`);
}

function render(state) {
  title.textContent = state.typing ? "对方正在输入…" : name;
  const fresh = JSON.stringify(state.messages);
  if (fresh === shown) return;
  shown = fresh;
  const children = [document.getElementById("start").content.cloneNode(true)];
  let minute = "";
  for (const message of state.messages) {
    if (message.at.slice(0, 16) !== minute) {
      minute = message.at.slice(0, 16);
      children.push(element("time", "", minute.slice(5).replace("T", " ")));
    }
    children.push(line(message));
    const note = answered(message);
    if (note) children.push(note);
  }
  list.replaceChildren(...children);
  list.scrollTop = list.scrollHeight;
}

async function refresh() {
  try {
    const response = await fetch(`${conversation}?openid=${encodeURIComponent(openid)}`);
    render(await response.json());
  } catch {
    title.textContent = "连接已断开，正在重试";
  }
}

async function act(body) {
  await fetch(push, { method: "POST", body: JSON.stringify({ openid, ...body }) });
  await refresh();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = form.elements.text.value;
  form.elements.text.value = "";
  await act({ text });
});

for (const button of document.querySelectorAll("[data-kind]")) {
  button.addEventListener("click", () => act({ kind: button.dataset.kind }));
}

async function tick() {
  if (!document.hidden) await refresh();
  setTimeout(tick, POLL_MILLISECONDS);
}

tick();
form.elements.text.focus();
