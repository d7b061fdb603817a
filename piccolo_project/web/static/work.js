// How far the work is, told in its place: whoever reads the page is not taken back to its beginning.

const said = document.querySelector("[role=status]");
const bar = document.querySelector("progress");

async function look() {
  const answer = await fetch(location.href).catch(() => null);
  if (answer && answer.status < 500) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [now, share] = [page.querySelector("[role=status]"), page.querySelector("progress")];
    if (!share) return location.reload();
    if (said.textContent !== now.textContent) said.textContent = now.textContent;
    if (share.hasAttribute("value")) bar.value = share.value;
  }
  setTimeout(look, 2000);
}

setTimeout(look, 2000);
