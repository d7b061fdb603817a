// Wording that Piccolo Admin's translations cannot change: headings name a row, not its table.

export function updatePage(store, { table }) {
  // While another table loads, the schema is still the last one's.
  const { table: known, one } = store?.state.schema?.extra ?? {};
  if (known === table)
    for (const heading of document.querySelectorAll("h1")) nameRow(heading, table.replaceAll("_", " "), one);
  for (const button of document.querySelectorAll(".title_bar a.button span"))
    if (button.textContent === "Edit 1 rows") button.textContent = "Edit 1 row";
}

// In other languages the verb differs, and the heading stays as it is.
function nameRow(heading, table, noun) {
  const headings = { [`Edit ${table}`]: `Edit ${noun}`, [`Add ${table}`]: `Add ${addArticle(noun)}` };
  const wanted = headings[heading.textContent];
  if (wanted) heading.textContent = wanted;
}

const addArticle = (noun) => `${/^[aeio]/.test(noun) ? "an" : "a"} ${noun}`;
