// Shows what a publication would look like a moment after something was typed or chosen.
// Without this, the buttons do. Each look is a frame of its own, put in place once it is loaded:
// so nothing flickers, and "back" does not lead through every letter that was typed.
"use strict";

(() => {
  const area = document.querySelector("[data-look]");
  if (!area) return;
  const form = area.closest("form");
  const buttons = [...area.querySelectorAll("button")];
  let pressed = buttons[0];
  let waiting;
  let number = 0;

  const isBlank = (frame) => {
    try {
      return frame.contentWindow.location.href === "about:blank";
    } catch {
      return false; // What is shown is shut in: it cannot be asked, so it is there.
    }
  };

  const look = () => {
    const shown = area.querySelector("iframe:not([hidden])");
    area.querySelectorAll("iframe[hidden]").forEach((frame) => frame.remove());
    const next = shown.cloneNode(false);
    next.removeAttribute("src");
    next.removeAttribute("loading");
    next.name = `look-${++number}`;
    next.hidden = true;
    shown.after(next);
    next.addEventListener("load", () => {
      if (isBlank(next)) return;
      shown.remove();
      next.hidden = false;
    });
    buttons.forEach((button) => button.setAttribute("formtarget", next.name));
    form.requestSubmit(pressed);
  };

  const lookSoon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, 500);
  };

  buttons.forEach((button) => button.addEventListener("click", (event) => {
    if (!event.isTrusted) return;
    event.preventDefault();
    pressed = button;
    look();
  }));

  document.querySelectorAll("#id_accent, #id_accent_dark").forEach((field) => {
    const picker = document.createElement("input");
    picker.type = "color";
    picker.value = /^#[0-9a-f]{6}$/i.test(field.value) ? field.value : "#0b4f6c";
    picker.setAttribute("aria-label", `${area.dataset.pick}: ${field.labels[0]?.textContent ?? ""}`);
    picker.addEventListener("input", () => {
      field.value = picker.value;
      lookSoon();
    });
    field.addEventListener("input", () => {
      if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value;
    });
    field.after(picker);
  });

  form.addEventListener("input", lookSoon);
  form.addEventListener("change", lookSoon);
})();
