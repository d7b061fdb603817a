// What Piccolo Admin's own page lacks. It is loaded before that page.

// That page says no more than "Problem logging in".
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (...given) {
  this.addEventListener("load", () => {
    if (this.status === 429) alert(JSON.parse(this.responseText).detail);
  });
  return send.apply(this, given);
};
