// Pictures by the camera of the desk, and the card reader's program on the same computer.
"use strict";

document.querySelectorAll("[data-captures]").forEach((part) => {
  const camera = part.querySelector("[data-camera]");
  const video = camera.querySelector("video");
  const shoot = camera.querySelector("[data-shoot]");
  const cameras = camera.querySelector("[data-cameras]");
  const says = part.querySelector("[data-camera-says]");
  const slots = [...part.querySelectorAll("[data-slot]")];
  let chosen = null;

  function next() {
    return chosen || slots.find((slot) => !slot.classList.contains("is-taken"));
  }
  function label() {
    const slot = next();
    shoot.querySelector("[data-shoot-says]").textContent = slot ? shoot.dataset.shoot + slot.dataset.title : shoot.dataset.done;
    shoot.disabled = !slot;
    slots.forEach((one) => one.classList.toggle("is-next", one === slot && !camera.hidden));
  }
  function show(slot, picture) {
    const image = slot.querySelector("img");
    image.src = URL.createObjectURL(picture);
    image.hidden = false;
    slot.classList.add("is-taken");
    slot.querySelector("[data-again]").hidden = camera.hidden;
    chosen = null;
    label();
  }
  function take() {
    const slot = next();
    if (!slot || !video.videoWidth) return;
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob((picture) => {
      const files = new DataTransfer();
      files.items.add(new File([picture], `${slot.dataset.slot}.jpg`, { type: "image/jpeg" }));
      slot.querySelector("input").files = files.files;
      show(slot, picture);
    }, "image/jpeg", 0.9);
  }
  async function open(deviceId) {
    if (video.srcObject) video.srcObject.getTracks().forEach((track) => track.stop());
    const wanted = { width: { ideal: 1920 }, height: { ideal: 1080 } };
    if (deviceId) wanted.deviceId = { exact: deviceId };
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: wanted });
    await video.play();
    camera.hidden = false;
    slots.forEach((slot) => { slot.querySelector("[data-again]").hidden = !slot.classList.contains("is-taken"); });
    label();
    const found = (await navigator.mediaDevices.enumerateDevices()).filter((one) => one.kind === "videoinput");
    cameras.hidden = found.length < 2;
    cameras.replaceChildren(...found.map((one, number) => new Option(one.label || String(number + 1), one.deviceId)));
    cameras.value = video.srcObject.getVideoTracks()[0].getSettings().deviceId || "";
  }
  function without() {
    camera.hidden = true;
    says.textContent = part.dataset.noCamera;
    label();
  }

  shoot.addEventListener("click", take);
  cameras.addEventListener("change", () => open(cameras.value).catch(without));
  slots.forEach((slot) => {
    slot.querySelector("[data-again]").addEventListener("click", () => { chosen = slot; label(); shoot.focus(); });
    slot.querySelector("input").addEventListener("change", (event) => {
      if (event.target.files.length) show(slot, event.target.files[0]);
    });
  });
  if (navigator.mediaDevices) open().catch(without);
  else without();
});

document.querySelectorAll("[data-read-card]").forEach((button) => {
  const form = button.form;
  const says = form.querySelector("[data-reading-says]");

  async function read() {
    const csrf = new URLSearchParams({ csrf: form.elements.csrf.value });
    const asked = await fetch(button.dataset.nonces, { method: "POST", body: csrf });
    if (!asked.ok) throw new Error("nonce");
    const { nonce } = await asked.json();
    let answer;
    try {
      answer = await fetch(`${button.dataset.readCard}/read`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ nonce }),
      });
    } catch {
      says.textContent = button.dataset.missing;
      return;
    }
    if (!answer.ok) throw new Error("card");
    form.elements.reading.value = await answer.text();
    form.submit();
  }
  button.addEventListener("click", () => {
    button.disabled = true;
    says.textContent = "";
    read()
      .catch(() => { says.textContent = button.dataset.failed; })
      .finally(() => { button.disabled = false; });
  });
});
