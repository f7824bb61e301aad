"use strict";

// Lets the visitor's computer work a moment for the form, in the background: see robots.py.
// Without this, or where it fails, the form is sent as it is and answered later.

const form = document.querySelector("[data-proof-bits]");
const proof = form.elements.proof;
let pressed = null;

function finish(answer) {
  proof.value = answer;
  if (pressed) form.requestSubmit(pressed);
}

const worker = new Worker(form.dataset.proofWorker);
worker.onmessage = (message) => finish(message.data);
worker.onerror = () => finish("none");
worker.postMessage({
  stamp: form.elements.stamp.value,
  bits: Number(form.dataset.proofBits),
});

form.addEventListener("submit", (event) => {
  if (proof.value) return;
  event.preventDefault();
  pressed = event.submitter;
  pressed.textContent = form.dataset.proofWait;
});
