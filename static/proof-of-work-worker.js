"use strict";

// Looks for a number that gives the stamp a SHA-256 digest beginning with so many zero bits.

const encoder = new TextEncoder();

async function leadingBits(text) {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(text));
  return Math.clz32(new DataView(digest).getUint32(0));
}

async function search({ stamp, bits }) {
  for (let number = 0; ; number += 1) {
    if ((await leadingBits(`${stamp}:${number}`)) >= bits) return String(number);
  }
}

onmessage = (message) => {
  search(message.data).then(postMessage, (error) => setTimeout(() => { throw error; }));
};
