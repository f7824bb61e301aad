// Shows more of the tree of regions in place, and what is typed a moment after it was.
// Without this, the buttons do, with a page that is loaded anew.
"use strict";

(() => {
  const form = document.querySelector("[data-picker]");
  const field = form.elements.namedItem("find");
  let waiting;
  let asked = 0;

  const ticked = () => new FormData(form).getAll("regions").join();

  const show = async (pressed) => {
    const number = ++asked;
    const before = ticked();
    const sent = new FormData(form);
    if (pressed?.name) sent.append(pressed.name, pressed.value);
    const answer = await fetch(location.href, { method: "POST", body: sent });
    if (!answer.ok) throw new Error(answer.statusText);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // What was asked for since then is on its way.
    if (number !== asked) return;
    // Nor may an answer take away what was ticked while it was on its way.
    if (ticked() !== before) return show(pressed);
    const unfolded = [...form.querySelectorAll("details[open]")];
    const open = new Set(unfolded.map((one) => one.dataset.of));
    const tree = page.querySelector("[data-tree]");
    tree.querySelectorAll("details").forEach((one) => { one.open ||= open.has(one.dataset.of); });
    form.querySelector("[data-tree]").replaceWith(tree);
    if (pressed?.name) tree.querySelector(`details[data-of="${CSS.escape(pressed.value)}"] input`)?.focus();
  };

  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "save") return;
    event.preventDefault();
    show(event.submitter).catch(() => form.submit());
  });

  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show().catch(() => {}), 300);
  });
})();
