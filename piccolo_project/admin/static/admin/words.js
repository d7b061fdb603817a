// What the page calls after tables and techniques, in the words of people.

const TWO_STEP = "Two-step sign-in";

export function mend(store, { table }) {
  // On the way to another table the schema is still that of the last one.
  const { table: known, one } = store?.state.schema?.extra ?? {};
  if (known === table)
    for (const heading of document.querySelectorAll("h1")) name(heading, table.replaceAll("_", " "), one);
  const link = document.querySelector("a[href$='/mfa-setup/']");
  for (const node of link?.childNodes ?? [])
    if (node.nodeType === Node.TEXT_NODE && node.data.trim() === "MFA Setup") node.data = TWO_STEP;
}

// It writes the name of the table; in other languages too, where the verb is another word.
function name(heading, table, one) {
  const words = { [`Edit ${table}`]: `Edit ${one}`, [`Add ${table}`]: `Add ${article(one)} ${one}` };
  const wanted = words[heading.textContent];
  if (wanted) heading.textContent = wanted;
}

const article = (noun) => (/^[aeio]/.test(noun) ? "an" : "a");
