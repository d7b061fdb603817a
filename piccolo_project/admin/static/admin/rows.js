// A row's page and a form's: where else to look, what the program keeps, what the server says of a
// field that the page leaves out.

// No changes of these are written down.
const WITHOUT_HISTORY = ["audit_entries", "figures", "findings", "idempotency_keys", "import_records"];

const make = (tag, properties) => Object.assign(document.createElement(tag), properties);
const named = (name) => document.querySelector(`[name="${CSS.escape(name)}"]`);

export function mend(store, { table, row }) {
  const { read_only_columns: kept = [], given_once: once = [], allowed } = store?.state.schema?.extra ?? {};
  // Buttons that the server would refuse are hidden by admin.css.
  document.documentElement.dataset.allowed = (allowed ?? ["add", "change", "delete"]).join(" ");
  const saved = document.querySelector("form:has([data-uitest=save_button])");
  const added = document.querySelector("form:has([data-uitest=create_button])");
  if (saved) lead(saved.parentElement.querySelector(".header"), table, row);
  if (saved) kept.forEach(keep);
  if (added) kept.filter((name) => !once.includes(name)).forEach(leaveOut);
  if (table === "forms")
    for (const [name, property] of Object.entries(store?.state.formSchema?.properties ?? {}))
      describe(named(name), property);
}

// To what happened to the row, and to the video itself.
function lead(header, table, row) {
  const links = [];
  if (table === "videos") links.push(["Watch", `/watch/${row}`]);
  const filter = new URLSearchParams({ table_name: table, table_name__match: "exact", row_id: row });
  if (!WITHOUT_HISTORY.includes(table)) links.push(["History", `#/audit_entries?${filter}`]);
  const old = header?.parentElement.querySelector(".tools");
  if (!header || old?.dataset.links === String(links)) return;
  old?.remove();
  const tools = make("p", { className: "tools" });
  tools.dataset.links = links;
  tools.append(...links.map(([text, href]) => make("a", { className: "button", href, text })));
  header.after(tools);
}

// What the program keeps itself is shown and sent back as it is; a new row has not got it yet.
const boxOf = (name) => named(name)?.closest(":has(> label)");

function keep(name) {
  const box = boxOf(name);
  box?.classList.add("kept");
  for (const field of box?.querySelectorAll("input, textarea") ?? []) field.readOnly = true;
}

function leaveOut(name) {
  boxOf(name)?.classList.add("left_out");
}

const isKept = (target) => target.closest?.(".kept .key_search input, .kept select[name]");

// A reference opens its choice when it has the focus; a select has no readOnly.
document.addEventListener("focus", (event) => isKept(event.target) && event.stopPropagation(), true);
document.addEventListener(
  "keydown",
  (event) => isKept(event.target) && event.key !== "Tab" && event.preventDefault(),
  true,
);

// The page shows no more of a form's field than its title. `property` is that of JSON Schema.
function describe(field, property) {
  const mark = JSON.stringify(property);
  if (!field || field.dataset.described === mark) return;
  for (const old of field.parentElement.querySelectorAll(".note, .choice")) old.remove();
  field.dataset.described = mark;
  if (property.format === "password") Object.assign(field, { type: "password", autocomplete: "new-password" });
  if (property.enum) choose(field, property.enum);
  if (!property.description) return;
  const id = `note_${field.name}`;
  field.setAttribute("aria-describedby", id);
  field.after(make("p", { className: "note", id, textContent: property.description }));
}

// A list to choose from, in the place of a field to type in.
function choose(field, choices) {
  const select = make("select", { className: "choice" });
  select.append(...["", ...choices].map((choice) => new Option(choice)));
  select.addEventListener("change", () => {
    field.value = select.value;
    field.dispatchEvent(new Event("input"));
  });
  [select.id, field.id, field.type] = [field.id, "", "hidden"];
  field.removeAttribute("aria-label");
  field.before(select);
}
