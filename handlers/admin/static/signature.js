// A pad for a signature: <canvas data-pad="#file">; the strokes become a PNG in the file field.
"use strict";

document.querySelectorAll("canvas[data-pad]").forEach((pad) => {
  const field = document.querySelector(pad.dataset.pad);
  const pen = pad.getContext("2d");
  let drawing = false;
  pen.lineWidth = 5;
  pen.lineCap = pen.lineJoin = "round";
  pen.strokeStyle = "#101020";

  function at(event) {
    const box = pad.getBoundingClientRect();
    return [(event.clientX - box.left) * pad.width / box.width, (event.clientY - box.top) * pad.height / box.height];
  }
  function keep() {
    pad.toBlob((picture) => {
      const files = new DataTransfer();
      files.items.add(new File([picture], "signature.png", { type: "image/png" }));
      field.files = files.files;
      pad.dataset.signed = "1";
    }, "image/png");
  }

  pad.addEventListener("pointerdown", (event) => {
    drawing = true;
    pad.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  pad.addEventListener("pointermove", (event) => {
    if (!drawing) return;
    pen.lineTo(...at(event));
    pen.stroke();
  });
  pad.addEventListener("pointerup", () => {
    drawing = false;
    keep();
  });
  document.querySelector("[data-clear-pad]").addEventListener("click", () => {
    pen.clearRect(0, 0, pad.width, pad.height);
    field.value = "";
    delete pad.dataset.signed;
  });
});
