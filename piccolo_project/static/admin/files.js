// The file of a listing without rows: the page takes the names of its columns from the first row,
// and says that the download failed.

let store;

export function mend(given) {
  store = given;
}

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("[data-uitest=download_csv_button]");
    if (!button || store?.state.rowCount !== 0) return;
    const columns = chosen(button.form);
    if (!columns.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    download(columns.join(button.form.querySelector("#delimiter").value));
    button.closest(".modal")?.querySelector(".close a")?.click();
  },
  true,
);

// In the order of a file with rows: those of the listing, the others, what references are called.
function chosen(form) {
  const { properties, extra } = store.state.schema;
  const ticked = [...form.querySelectorAll("[id^=csv_]:checked")].map(({ id }) => id.slice("csv_".length));
  const listed = extra.visible_column_names.filter((name) => ticked.includes(name));
  const columns = [...listed, ...ticked.filter((name) => !listed.includes(name))];
  return [...columns, ...columns.filter((name) => properties[name]?.extra.foreign_key).map((name) => `${name}_readable`)];
}

function download(line) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([line], { type: "text/csv;charset=utf-8" }));
  link.download = `${store.state.currentTableName}.csv`;
  link.click();
}
