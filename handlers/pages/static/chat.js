"use strict";
// The chat box of the home page. Every text is set as text, never as markup.
(function () {
  const talk = document.getElementById("talk");
  const form = document.getElementById("ask");
  const input = document.getElementById("question");
  let conversation = null;

  function element(name, text, className) {
    const node = document.createElement(name);
    if (text) node.textContent = text;
    if (className) node.className = className;
    return node;
  }

  function show(node) {
    talk.appendChild(node);
    talk.scrollTop = talk.scrollHeight;
  }

  function fill(bubble, data) {
    bubble.textContent = "";
    // What holds now comes first: it weighs more than what holds in general.
    (data.diagnosis || []).forEach((finding) => {
      bubble.appendChild(element("p", finding.message, `finding ${finding.severity}`));
    });
    if (data.title) bubble.appendChild(element("h3", data.title));
    if (data.answer) bubble.appendChild(element("div", data.answer));
    if (data.steps && data.steps.length) {
      const list = element("ol");
      data.steps.forEach((step) => list.appendChild(element("li", step)));
      bubble.appendChild(list);
    }
    (data.images || []).forEach((address, number) => {
      const picture = element("img");
      picture.src = address;
      picture.alt = data.image_texts[number];
      bubble.appendChild(picture);
    });
    const choices = data.kind === "clarify" ? data.options : data.kind === "fallback" ? data.related : [];
    if (choices && choices.length) {
      const row = element("div", "", "choices");
      choices.forEach((choice) => {
        const button = element("button", choice.title);
        button.type = "button";
        button.addEventListener("click", () => ask(choice.title));
        row.appendChild(button);
      });
      bubble.appendChild(row);
    }
    if (data.actions && data.actions.length) {
      const row = element("div", "", "actions");
      row.appendChild(element("span", "小程序里可以："));
      data.actions.forEach((action) => row.appendChild(element("span", action.label, "action")));
      bubble.appendChild(row);
      data.actions.forEach((action) => (action.windows || []).forEach((place) => {
        const closed = place.open_today ? "" : "（今天休息）";
        const text = `${place.name}${closed}：${place.address}，${place.hours}，电话${place.phone}`;
        bubble.appendChild(element("div", text, "window"));
      }));
    }
  }

  async function ask(question) {
    show(element("div", question, "bubble me"));
    // The answer's place is taken at once, so that answers stay below their questions.
    const bubble = element("div", "正在查找…", "bubble bot");
    show(bubble);
    const body = { question: question };
    if (conversation) body.conversation_id = conversation;
    try {
      const response = await fetch("/api/v1/faq/ask", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      if (answer.code === "OK") {
        conversation = answer.data.conversation_id;
        fill(bubble, answer.data);
      } else {
        bubble.textContent = answer.message;
      }
    } catch (error) {
      bubble.textContent = "网络连接失败，请检查网络后重试。";
    }
    // Where the answer begins, however long it is.
    talk.scrollTop += bubble.getBoundingClientRect().top - talk.getBoundingClientRect().top - 8;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const question = input.value.trim();
    if (!question) return;
    input.value = "";
    ask(question);
  });

  document.getElementById("suggestions").addEventListener("click", (event) => {
    if (event.target.dataset.question) ask(event.target.dataset.question);
  });

  const readiness = document.getElementById("readiness");
  fetch("/readyz").then((response) => {
    readiness.classList.add(response.ok ? "good" : "bad");
    readiness.querySelector("span").textContent = response.ok ? "一切就绪，可以办理" : "有部件还没准备好，点开查看";
  }).catch(() => {
    readiness.classList.add("bad");
    readiness.querySelector("span").textContent = "暂时连不上";
  });
})();
