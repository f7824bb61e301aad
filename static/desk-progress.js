"use strict";

// Keeps the numbers of a page moving while a worker is at work. Without it one refreshes the page.

const EVERY = 1000;
const AFTER_TROUBLE = 5000;

const desk = document.querySelector("[data-url][data-state]");
const summary = desk.querySelector("[data-summary]");
const countdown = desk.querySelector("[data-countdown]");
const numbers = desk.querySelector("[data-numbers]");
let shown = "";

async function look() {
  const response = await fetch(desk.dataset.url, { headers: { Accept: "application/json" } });
  // What was looked at is gone: another one may be there.
  if (response.status === 404) location.reload();
  if (!response.ok || response.redirected) throw new Error(response.status);
  return response.json();
}

// A screen reader reads out what is written, even where it stood there already.
function write(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}

function show(progress) {
  // Another state means other buttons and more to tell: the page has to be made anew.
  if (progress.state !== desk.dataset.state) return location.reload();
  write(summary, progress.summary);
  write(countdown, progress.countdown);
  if (progress.html === shown) return;
  shown = progress.html;
  numbers.innerHTML = progress.html;
}

async function keepLooking() {
  let pause = EVERY;
  try {
    if (!document.hidden) show(await look());
  } catch {
    pause = AFTER_TROUBLE;
  }
  setTimeout(keepLooking, pause);
}

setTimeout(keepLooking, EVERY);
