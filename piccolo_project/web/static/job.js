// Updates a running job's progress in place, so that the reader keeps their position on the page.

const statusLine = document.querySelector("[role=status]");
const bar = document.querySelector("progress");

async function update() {
  const response = await fetch(location.href).catch(() => null);
  if (response && response.status < 500) {
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const [newStatus, newBar] = [page.querySelector("[role=status]"), page.querySelector("progress")];
    if (!newBar) return location.reload();
    if (statusLine.textContent !== newStatus.textContent) statusLine.textContent = newStatus.textContent;
    if (newBar.hasAttribute("value")) bar.value = newBar.value;
  }
  setTimeout(update, 2000);
}

setTimeout(update, 2000);
