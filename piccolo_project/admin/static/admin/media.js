// The viewer of a file: of what may not be shown the server tells a sentence instead of an address.

const TOLD = "data:text/plain;charset=utf-8,";

export function mend() {
  const download = document.querySelector("#media_viewer .bottom_bar a");
  const told = download?.getAttribute("href") ?? "";
  if (!told.startsWith(TOLD)) return;
  const preview = document.querySelector("#media_viewer > :not(.top_bar, .bottom_bar)");
  if (!preview || preview.querySelector(".not_shown")) return;
  const sentence = document.createElement("p");
  sentence.className = "not_shown";
  sentence.setAttribute("role", "status");
  sentence.textContent = decodeURIComponent(told.slice(TOLD.length));
  for (const child of preview.children) child.hidden = true;
  preview.append(sentence);
  download.hidden = true;
}
