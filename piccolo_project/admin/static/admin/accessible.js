// Names, roles and keys for whoever does not see the admin's page, or has no mouse.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Nothing is written that is there already.
function give(element, attributes) {
  for (const [name, value] of Object.entries(attributes))
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const ROLES = {
  "#nav": { role: "banner" },
  ".sidebar": { role: "navigation", "aria-label": "Tables, forms and links" },
  ".left_column, .base_view .welcome, #nav ~ .inner, #login, #change_password": { role: "main" },
  ".right_column": { role: "complementary", "aria-label": "Filters" },
  "#message_popup, .errors": { role: "alert" },
  "#overlay > .modal": { role: "dialog", "aria-modal": "true", tabindex: "-1" },
  "#page_size select": { "aria-label": "Rows per page" },
  "#pagination input": { "aria-label": "Page" },
  "thead input[type=checkbox]": { "aria-label": "Select all rows" },
  "#overlay select[name=property]": { "aria-label": "Column" },
  "#overlay select[name=column]": { "aria-label": "Sort by" },
  "#overlay select[name=ordering]": { "aria-label": "Direction" },
  "#overlay input[type=search]": { "aria-label": "Search" },
  "#login input[name=username]": { autocomplete: "username" },
  "#login input[name=password]": { autocomplete: "current-password" },
  "#login input[placeholder='123456']": { autocomplete: "one-time-code" },
};

// What a link shows only as a picture.
const PICTURES = {
  "angle-left": "Previous page",
  "angle-right": "Next page",
  bars: "Menu",
  "caret-down": "Sorted downwards: sort otherwise",
  "caret-up": "Sorted upwards: sort otherwise",
  "circle-question": "Help",
  "pen-to-square": "Open the row this refers to, in another tab",
  "ellipsis-vertical": "What can be done with this row",
  eye: "Show",
  "eye-slash": "Hide",
  language: "Language of this page",
  plus: "Add a row to refer to, in another tab",
  "trash-can": "Delete",
  xmark: "Close",
};

export function mend(store) {
  for (const [selector, attributes] of Object.entries(ROLES))
    for (const element of all(selector)) give(element, attributes);
  for (const label of all("label")) nameFields(label);
  for (const link of all("a, span.viewer")) nameLink(link);
  for (const row of all(".table_wrapper tbody tr")) nameRow(row);
  for (const element of all("a:not([href]), .sidebar > p:not(:has(a)), span.viewer"))
    give(element, { role: "button", tabindex: "0" });
  for (const dialog of all("#overlay > .modal")) enter(dialog);
  const table = document.querySelector(".table_wrapper thead th:last-child:empty");
  if (table) table.textContent = "Actions";
  for (const code of all("#login input[autocomplete=one-time-code]:not([data-entered])")) {
    code.dataset.entered = "yes";
    code.focus();
  }
  nameThePage(store);
}

// A label of this page stands before its fields, and says not which they are.
function nameFields(label) {
  const text = [...label.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  const name = text.map((node) => node.data).join("").trim();
  for (let next = label.nextElementSibling; next && next.tagName !== "LABEL"; next = next.nextElementSibling)
    for (const field of next.matches("input, select, textarea") ? [next] : all("input, select, textarea", next)) {
      if (field.type === "hidden" || field.closest("#overlay #overlay, .key_search #overlay")) continue;
      give(field, { "aria-label": name + kind(field) });
      label.htmlFor ||= field.id ||= `field_${(count += 1)}`;
    }
}
let count = 0;

function kind(field) {
  if (/__(operator|match)$/.test(field.name)) return ": how to compare";
  return field.tagName === "SELECT" && [...field.options].some(({ value }) => value === "UTC") ? ": time zone" : "";
}

function nameLink(link) {
  const help = link.closest(".tooltip")?.querySelector(".popup")?.textContent;
  const picture = link.querySelector("svg")?.dataset.icon;
  if (help) give(link, { "aria-label": help });
  else if (!link.textContent.trim() && PICTURES[picture]) give(link, { "aria-label": PICTURES[picture] });
}

function nameRow(row) {
  const box = row.querySelector("td:first-child > input[type=checkbox]");
  const name = row.querySelector("td:nth-child(2)")?.textContent.trim();
  if (box && name) give(box, { "aria-label": `Select ${name}` });
}

// Whoever opened a dialog is in it; those of references are there before they are shown.
function enter(dialog) {
  if (!dialog.checkVisibility()) delete dialog.dataset.entered;
  else if (!dialog.dataset.entered) {
    dialog.dataset.entered = "yes";
    const title = all("h1, p:not(.close)", dialog).find((element) => element.textContent.trim());
    give(dialog, { "aria-label": title?.textContent.trim() ?? "Choice" });
    (dialog.querySelector("input:not([type=hidden]), select, button") ?? dialog).focus();
  }
}

// The tab and the language.
function nameThePage(store) {
  const [site, heading] = [store?.state.metaModule?.siteName, document.querySelector("h1:not(#nav h1)")];
  const title = [heading?.innerText, site].filter(Boolean);
  const wanted = title[0] === site ? site : title.join(" · ");
  if (site && document.title !== wanted) document.title = wanted;
  const language = document.querySelector("#app")?.__vue_app__?.config.globalProperties.$i18n?.locale;
  if (typeof language === "string") give(document.documentElement, { lang: language });
}

// Keys: Escape closes what lies above, Enter and Space do what a click does.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = all("#overlay, #media_viewer").filter((element) => element.checkVisibility());
    open.at(-1)?.querySelector(".close a")?.click();
  } else if (["Enter", " "].includes(event.key) && event.target.matches?.("[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
});

// On a phone the menu lies over the page: it goes when something was chosen.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#sidebar_overlay a[href^='#/']");
  // Another kind of page has come without it already.
  if (link?.isConnected) document.querySelector("#burger_menu a")?.click();
});
