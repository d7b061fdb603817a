// The file viewer. For a file that may not be shown, the server sends a message in place of a URL.

const MESSAGE = "data:text/plain;charset=utf-8,";

export function updatePage() {
  const download = document.querySelector("#media_viewer .bottom_bar a");
  const url = download?.getAttribute("href") ?? "";
  if (!url.startsWith(MESSAGE)) return;
  const preview = document.querySelector("#media_viewer > :not(.top_bar, .bottom_bar)");
  if (!preview || preview.querySelector(".not_shown")) return;
  const message = document.createElement("p");
  message.className = "not_shown";
  message.setAttribute("role", "status");
  message.textContent = decodeURIComponent(url.slice(MESSAGE.length));
  for (const child of preview.children) child.hidden = true;
  preview.append(message);
  download.hidden = true;
}
