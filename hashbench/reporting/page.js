const source = JSON.parse(document.getElementById("tables").textContent);
const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
const { default: DataTable } = await import(address);
URL.revokeObjectURL(address);

const interactive = (table) => {
  const words = [...table.tHead.rows[0].cells].flatMap((cell, column) => (cell.className === "word" ? [column] : []));
  return new DataTable(table, {
    order: [],
    paging: table.dataset.paged === "true",
    pageLength: 50,
    info: false,
    scrollX: true,
    columnDefs: [{ targets: words, columnControl: [["searchList"]] }],
    layout: { topStart: null, topEnd: { search: { text: "Filter rows: " } } },
  });
};
let tables = [...document.querySelectorAll("table.records")].map(interactive);

const specs = JSON.parse(document.getElementById("charts").textContent);
await Promise.all(
  specs.map((spec, number) => {
    const container = document.getElementById(`chart-${number}`);
    if (container.clientWidth < 480) spec.config.legend.columns = 1;
    return vegaEmbed(container, spec, { actions: false, renderer: "svg" });
  }),
);

// For printing, tables are restored as they were written: whole, and with their own headings.
window.addEventListener("beforeprint", () => {
  for (const table of tables) table.destroy();
  tables = [];
  for (const closed of document.querySelectorAll("details")) closed.open = true;
});
window.addEventListener("afterprint", () => {
  tables = [...document.querySelectorAll("table.records")].map(interactive);
});
document.documentElement.dataset.ready = "true";
