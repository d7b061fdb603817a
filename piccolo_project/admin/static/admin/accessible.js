// Names, roles and keyboard support for people who use a screen reader or no mouse.

const findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

// Writes only what differs, so that it does not trigger itself.
function setAttributes(element, attributes) {
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

// Labels of links that show only an icon.
const ICON_LABELS = {
  "angle-left": "Previous page",
  "angle-right": "Next page",
  bars: "Menu",
  "caret-down": "Sorted in descending order: change",
  "caret-up": "Sorted in ascending order: change",
  "circle-question": "Help",
  "pen-to-square": "Open this row in a new tab",
  "ellipsis-vertical": "Actions for this row",
  eye: "Show",
  "eye-slash": "Hide",
  language: "Language of this page",
  plus: "Add a row in a new tab",
  "trash-can": "Delete",
  xmark: "Close",
};

export function updatePage(store) {
  for (const [selector, attributes] of Object.entries(ROLES))
    for (const element of findAll(selector)) setAttributes(element, attributes);
  for (const label of findAll("label")) labelFields(label);
  for (const link of findAll("a, span.viewer")) labelLink(link);
  for (const row of findAll(".table_wrapper tbody tr")) labelRow(row);
  for (const element of findAll("a:not([href]), .sidebar > p:not(:has(a)), span.viewer"))
    setAttributes(element, { role: "button", tabindex: "0" });
  for (const dialog of findAll("#overlay > .modal")) focusDialog(dialog);
  const table = document.querySelector(".table_wrapper thead th:last-child:empty");
  if (table) table.textContent = "Actions";
  for (const code of findAll("#login input[autocomplete=one-time-code]:not([data-entered])")) {
    code.dataset.entered = "yes";
    code.focus();
  }
  setTitle(store);
}

// Labels on this page stand before their fields without referring to them.
function labelFields(label) {
  const text = [...label.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
  const name = text.map((node) => node.data).join("").trim();
  for (let next = label.nextElementSibling; next && next.tagName !== "LABEL"; next = next.nextElementSibling)
    for (const field of next.matches("input, select, textarea") ? [next] : findAll("input, select, textarea", next)) {
      if (field.type === "hidden" || field.closest("#overlay #overlay, .key_search #overlay")) continue;
      setAttributes(field, { "aria-label": name + describeRole(field) });
      label.htmlFor ||= field.id ||= `field_${(fieldCount += 1)}`;
    }
}
let fieldCount = 0;

function describeRole(field) {
  if (/__(operator|match)$/.test(field.name)) return ": comparison";
  return field.tagName === "SELECT" && [...field.options].some(({ value }) => value === "UTC") ? ": time zone" : "";
}

function labelLink(link) {
  const help = link.closest(".tooltip")?.querySelector(".popup")?.textContent;
  const icon = link.querySelector("svg")?.dataset.icon;
  if (help) setAttributes(link, { "aria-label": help });
  else if (!link.textContent.trim() && ICON_LABELS[icon]) setAttributes(link, { "aria-label": ICON_LABELS[icon] });
}

function labelRow(row) {
  const box = row.querySelector("td:first-child > input[type=checkbox]");
  const name = row.querySelector("td:nth-child(2)")?.textContent.trim();
  if (box && name) setAttributes(box, { "aria-label": `Select ${name}` });
}

// Moves the focus into an open dialog. Reference dialogs exist before they are shown.
function focusDialog(dialog) {
  if (!dialog.checkVisibility()) delete dialog.dataset.entered;
  else if (!dialog.dataset.entered) {
    dialog.dataset.entered = "yes";
    const title = findAll("h1, p:not(.close)", dialog).find((element) => element.textContent.trim());
    setAttributes(dialog, { "aria-label": title?.textContent.trim() ?? "Dialog" });
    (dialog.querySelector("input:not([type=hidden]), select, button") ?? dialog).focus();
  }
}

// The tab's title and the page's language.
function setTitle(store) {
  const [site, heading] = [store?.state.metaModule?.siteName, document.querySelector("h1:not(#nav h1)")];
  const title = [heading?.innerText, site].filter(Boolean);
  const wanted = title[0] === site ? site : title.join(" · ");
  if (site && document.title !== wanted) document.title = wanted;
  const language = document.querySelector("#app")?.__vue_app__?.config.globalProperties.$i18n?.locale;
  if (typeof language === "string") setAttributes(document.documentElement, { lang: language });
}

// Escape closes the topmost dialog; Enter and Space click.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const open = findAll("#overlay, #media_viewer").filter((element) => element.checkVisibility());
    open.at(-1)?.querySelector(".close a")?.click();
  } else if (["Enter", " "].includes(event.key) && event.target.matches?.("[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
});

// On a phone the menu covers the page, so choosing something closes it.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("#sidebar_overlay a[href^='#/']");
  // If the link is gone, a different page has replaced the menu already.
  if (link?.isConnected) document.querySelector("#burger_menu a")?.click();
});
