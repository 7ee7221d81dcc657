// Passkeys: <form data-passkey="get|create" data-options="…"> is sent with the answer of the browser.
"use strict";

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

function written(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The options as the browser takes them: what is base64url becomes bytes.
function readOptions(json) {
  const options = JSON.parse(json);
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of ["allowCredentials", "excludeCredentials"]) {
    (options[list] || []).forEach((one) => { one.id = bytes(one.id); });
  }
  return options;
}

function answerOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = written(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: written(credential.rawId), type: credential.type, response });
}

const isSupported = Boolean(window.PublicKeyCredential);
document.querySelectorAll("[data-passkey-missing]").forEach((part) => { part.hidden = isSupported; });
document.querySelectorAll("form[data-passkey]").forEach((form) => {
  form.hidden = !isSupported;
  form.addEventListener("submit", async (event) => {
    if (form.elements.credential.value) return;
    event.preventDefault();
    const says = form.querySelector("[data-passkey-says]");
    says.hidden = true;
    try {
      const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: readOptions(form.dataset.options) });
      form.elements.credential.value = answerOf(credential);
    } catch (error) {
      const sentences = JSON.parse(says.dataset.passkeySays);
      says.textContent = sentences[error.name] || sentences.other;
      says.hidden = false;
      return;
    }
    form.submit();
  });
});
