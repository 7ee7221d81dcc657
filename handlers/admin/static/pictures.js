// Pictures of an entry: chosen, pasted or dropped, and uploaded while the page stays.
"use strict";

(() => {
const form = document.querySelector(".entry-form");
const from = document.querySelector("[data-pictures]");
if (!from) return;
const list = document.querySelector("#pictures [data-rows]");
const input = document.getElementById("f-picture");
const pattern = document.getElementById("new-picture").content.firstElementChild;
const mostBytes = Number(from.dataset.mostBytes);
const megabytes = mostBytes / 1024 / 1024;
let isConfirmed = false;
let replaced = null;

function changed() {
  list.dispatchEvent(new Event("input", { bubbles: true }));
}
// `acts`: label → what its button does; a failed picture can always be replaced, its text stays.
function tell(row, text, failed, acts = {}) {
  const place = row.querySelector(".image-state");
  place.textContent = text;
  place.classList.toggle("text-danger", failed);
  row.classList.toggle("image-failed", failed);
  if (!failed) return;
  isConfirmed = false;
  for (const [label, act] of Object.entries({ ...acts, "换一张": () => { replaced = row; input.click(); } })) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm ms-2", textContent: label });
    button.addEventListener("click", act);
    place.append(button);
  }
}
async function upload(file, row) {
  if (file.size > mostBytes) return tell(row, `“${file.name}”没有加上：图片超过${megabytes}MB，请压缩或裁剪后再选。`, true);
  row.classList.add("image-sending");
  tell(row, `正在上传“${file.name}”…`, false);
  const fields = new FormData();
  fields.append("image", file);
  const answer = await Autosave.send(from.dataset.pictures, fields).catch(() => null);
  const found = await answer?.json().catch(() => null);
  row.classList.remove("image-sending");
  if (!row.isConnected) return;
  if (found?.error) tell(row, `“${file.name}”没有加上：${found.error}`, true);
  else if (!found?.image) tell(row, `“${file.name}”没有传上去，请检查网络或重新登录。`, true, { "再试": () => upload(file, row) });
  else {
    row.querySelector("[name=image]").value = found.image;
    for (const [selector, name] of [["a", "href"], ["img", "src"]]) row.querySelector(selector).setAttribute(name, found.address);
    tell(row, "", false);
    changed();
  }
}
async function take(files) {
  const waiting = [];
  for (const file of files) {
    const row = pattern.cloneNode(true);
    list.querySelector("p")?.remove();
    list.append(row);
    if (list.querySelectorAll("[data-item]").length > Number(list.dataset.most)) tell(row, `“${file.name}”没有加上：最多${list.dataset.most}张。`, true);
    else waiting.push([file, row]);
    if (file === files[0]) row.querySelector("[name=image_text]").focus();
  }
  for (const [file, row] of waiting) await upload(file, row);
}

input.multiple = true;
input.addEventListener("cancel", () => { replaced = null; });
input.addEventListener("change", (event) => {
  event.stopPropagation();
  const files = [...input.files];
  input.value = "";
  if (replaced) upload(files.shift(), replaced);
  replaced = null;
  take(files);
});
// Word puts a picture of the text beside it: text goes where the cursor is.
document.addEventListener("paste", (event) => {
  const files = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  if (!files.length || event.clipboardData.getData("text/plain")) return;
  event.preventDefault();
  event.stopPropagation();
  take(files);
}, true);
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  from.classList.add("dropping");
});
for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => from.classList.remove("dropping"));
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  take([...event.dataTransfer.files]);
});
// Saving renders the page anew, without the pictures that were refused and their texts.
form.addEventListener("submit", (event) => {
  const left = list.querySelectorAll(".image-failed, .image-sending").length;
  // The same pressing can come twice: once what is typed is in the draft.
  isConfirmed ||= !left || window.confirm(`有${left}张图片还没有上传，保存后它们和说明就没有了。现在保存？`);
  if (!isConfirmed) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}, true);
})();
