"use strict";

// The page is fetched again and its content exchanged, so there is one place that renders it.
const REFRESH_MILLISECONDS = 2000;
const content = document.getElementById("content");
const live = document.getElementById("live");

const keys = (root) => Array.from(root.querySelectorAll("[data-key]"), (item) => item.dataset.key);

async function refresh() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(response.statusText);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const fresh = page.getElementById("content");
    if (fresh.innerHTML !== pristine) {
      const known = new Set(keys(content));
      pristine = fresh.innerHTML;
      content.replaceChildren(...fresh.childNodes);
      for (const item of content.querySelectorAll("[data-key]")) {
        item.classList.toggle("new", !known.has(item.dataset.key));
      }
    }
    live.classList.remove("lost");
    live.lastElementChild.textContent = "自动刷新";
  } catch {
    live.classList.add("lost");
    live.lastElementChild.textContent = "连接已断开，正在重试";
  }
}

async function tick() {
  if (!document.hidden) await refresh();
  setTimeout(tick, REFRESH_MILLISECONDS);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const label = button.lastElementChild;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    label.textContent = "已复制";
  } catch {
    getSelection().selectAllChildren(button.firstElementChild);
    label.textContent = "已选中";
  }
  setTimeout(() => { label.textContent = "复制"; }, 1500);
});

document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });

let pristine = content.innerHTML;
setTimeout(tick, REFRESH_MILLISECONDS);
