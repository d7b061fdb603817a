// Messages after an action: makes links of addresses, and closes outdated messages.

const LINK = /(https?:\/\/[^\s<>"]*[^\s<>".,;:)]|\/(?:jobs|watch|backups|review|search|admin)\/[^\s<>"]*[^\s<>".,;:)])/;
let last = { page: "", message: undefined };

export function updatePage(_, { table, row }) {
  addLinks(document.querySelector("#success_message"));
  const popup = document.querySelector("#message_popup");
  const current = { page: `${table}/${row}`, message: popup?.textContent };
  // A message belongs to its page. Left alone, an error would stay for good.
  if (current.page !== last.page && current.message === last.message) popup?.querySelector(".close a")?.click();
  last = current;
}

function addLinks(message) {
  if (!message || message.children.length || !LINK.test(message.textContent)) return;
  const parts = message.textContent.split(LINK);
  message.replaceChildren(
    ...parts.map((part, at) => (at % 2 ? Object.assign(document.createElement("a"), { href: part, textContent: part }) : part)),
  );
}
