/** Tables that become cards on a narrow screen. */
import { type Html, type HtmlValue, html } from "./html.ts";

export interface Column<Row> {
  head: string;
  cell: (row: Row) => HtmlValue;
  /** Set to the left, as words are; numbers are set to the right. */
  text?: true;
}

/** The first column names its row. */
export function table<Row>(caption: HtmlValue, columns: readonly Column<Row>[], rows: readonly Row[]): Html {
  const [name, ...others] = columns;
  return html`<table class="cards">
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col"${textClass(column)}>${column.head}</th>`)}</tr></thead>
<tbody>
${rows.map(
  (row) =>
    html`<tr><th scope="row">${name.cell(row)}</th>${others.map(
      (column) => html`<td data-label="${column.head}"${textClass(column)}><span>${column.cell(row)}</span></td>`,
    )}</tr>\n`,
)}</tbody>
</table>
`;
}

const textClass = <Row>({ text }: Column<Row>) => text === true && html` class="text"`;
