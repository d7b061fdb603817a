// The pages of rows and forms: links to related pages, read-only fields, and the parts of a field's
// schema that Piccolo Admin ignores.

// Tables that are not audited.
const WITHOUT_HISTORY = ["audit_entries", "figures", "findings", "idempotency_keys", "import_records"];

const createElement = (tag, properties) => Object.assign(document.createElement(tag), properties);
const findField = (name) => document.querySelector(`[name="${CSS.escape(name)}"]`);

export function updatePage(store, { table, row }) {
  const { read_only_columns: readOnly = [], given_once: givenOnce = [], allowed } = store?.state.schema?.extra ?? {};
  // admin.css hides the buttons for actions the server would refuse.
  document.documentElement.dataset.allowed = (allowed ?? ["add", "change", "delete"]).join(" ");
  const editForm = document.querySelector("form:has([data-uitest=save_button])");
  const addForm = document.querySelector("form:has([data-uitest=create_button])");
  if (editForm) addTools(editForm.parentElement.querySelector(".header"), table, row);
  if (editForm) readOnly.forEach(lockField);
  if (addForm) readOnly.filter((name) => !givenOnce.includes(name)).forEach(hideField);
  if (table === "forms")
    for (const [name, property] of Object.entries(store?.state.formSchema?.properties ?? {}))
      describeField(findField(name), property);
}

// Links to the row's history and, for a video, to its page.
function addTools(header, table, row) {
  const links = [];
  if (table === "videos") links.push(["Watch", `/watch/${row}`]);
  const filter = new URLSearchParams({ table_name: table, table_name__match: "exact", row_id: row });
  if (!WITHOUT_HISTORY.includes(table)) links.push(["History", `#/audit_entries?${filter}`]);
  const old = header?.parentElement.querySelector(".tools");
  if (!header || old?.dataset.links === String(links)) return;
  old?.remove();
  const tools = createElement("p", { className: "tools" });
  tools.dataset.links = links;
  tools.append(...links.map(([text, href]) => createElement("a", { className: "button", href, text })));
  header.after(tools);
}

// Columns the program maintains are shown but cannot be edited; a new row does not have them yet.
const findBox = (name) => findField(name)?.closest(":has(> label)");

function lockField(name) {
  const box = findBox(name);
  box?.classList.add("locked");
  for (const field of box?.querySelectorAll("input, textarea") ?? []) field.readOnly = true;
}

function hideField(name) {
  findBox(name)?.classList.add("hidden_field");
}

const isLocked = (target) => target.closest?.(".locked .key_search input, .locked select[name]");

// A reference field opens its dialog on focus, and a select has no readOnly.
document.addEventListener("focus", (event) => isLocked(event.target) && event.stopPropagation(), true);
document.addEventListener(
  "keydown",
  (event) => isLocked(event.target) && event.key !== "Tab" && event.preventDefault(),
  true,
);

// The page only shows a form field's title. `property` is its JSON Schema.
function describeField(field, property) {
  const description = JSON.stringify(property);
  if (!field || field.dataset.described === description) return;
  for (const old of field.parentElement.querySelectorAll(".note, .choice")) old.remove();
  field.dataset.described = description;
  if (property.format === "password") Object.assign(field, { type: "password", autocomplete: "new-password" });
  if (property.enum) replaceWithSelect(field, property.enum);
  if (!property.description) return;
  const id = `note_${field.name}`;
  field.setAttribute("aria-describedby", id);
  field.after(createElement("p", { className: "note", id, textContent: property.description }));
}

function replaceWithSelect(field, choices) {
  const select = createElement("select", { className: "choice" });
  select.append(...["", ...choices].map((choice) => new Option(choice)));
  select.addEventListener("change", () => {
    field.value = select.value;
    field.dispatchEvent(new Event("input"));
  });
  [select.id, field.id, field.type] = [field.id, "", "hidden"];
  field.removeAttribute("aria-label");
  field.before(select);
}
