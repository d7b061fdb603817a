// What the page says of what was done: links in it, and its end.

const ADDRESS = /(https?:\/\/[^\s<>"]*[^\s<>".,;:)]|\/(?:jobs|watch|backups|review|search|admin)\/[^\s<>"]*[^\s<>".,;:)])/;
let last = { here: "", told: undefined };

export function mend(_, { table, row }) {
  link(document.querySelector("#success_message"));
  const popup = document.querySelector("#message_popup");
  const now = { here: `${table}/${row}`, told: popup?.textContent };
  // What happened on one page is no news on another; by itself an error may stay there for good.
  if (now.here !== last.here && now.told === last.told) popup?.querySelector(".close a")?.click();
  last = now;
}

// Addresses in what a form says.
function link(message) {
  if (!message || message.children.length || !ADDRESS.test(message.textContent)) return;
  const parts = message.textContent.split(ADDRESS);
  message.replaceChildren(
    ...parts.map((part, at) => (at % 2 ? Object.assign(document.createElement("a"), { href: part, textContent: part }) : part)),
  );
}
