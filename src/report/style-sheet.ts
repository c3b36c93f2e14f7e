/** The report's style sheet: 360 to 1400 px and more, light, dark, and on paper. */
import { mapColor } from "../vision/colormap.ts";
import { fontFamily } from "./style.ts";

/** The colour map of all maps from 0 to 1, as CSS. */
const mapGradient = Array.from({ length: 16 }, (_, i) => `rgb(${mapColor(i / 15).join(" ")})`).join(",");

export const styleSheet = `
:root { color-scheme: light dark; --ground: #fff; --card: #f5f6f8; --ink: #16191d; --soft: #59616b; --line: #d5d9de; --link: #005a8f; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ground: #14171b; --card: #1d2126; --ink: #e7eaee; --soft: #a3acb7; --line: #3a4149; --link: #7cc4f0; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 ${fontFamily}; overflow-wrap: anywhere; }
header, main { max-width: 1320px; margin: 0 auto; padding: 0 clamp(14px, 3vw, 40px); }
h1 { font-size: clamp(24px, 4vw, 34px); line-height: 1.2; margin: 32px 0 8px; }
h2 { font-size: 22px; margin: 48px 0 8px; padding-top: 12px; border-top: 1px solid var(--line); }
h3 { font-size: 17px; margin: 28px 0 6px; }
h4 { font-size: 15px; margin: 18px 0 6px; }
p, dd, ul.notes { max-width: 76ch; }
a { color: var(--link); }
figcaption, .absent { color: var(--soft); }
.absent { border-left: 3px solid var(--line); padding-left: 12px; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 16px 0 0; padding: 0; }
.number, td { font-variant-numeric: tabular-nums; }
td .number { white-space: nowrap; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 18px 0 0; max-width: 1000px; }
.facts div { background: var(--card); border-radius: 8px; padding: 10px 14px; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-size: 18px; line-height: 1.3; }

table { border-collapse: collapse; margin: 12px 0; font-size: 15px; overflow-wrap: break-word; }
caption { text-align: left; color: var(--soft); font-size: 14px; padding-bottom: 6px; }
th, td { text-align: right; padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); vertical-align: baseline; font-weight: 400; }
thead th { color: var(--soft); font-size: 13px; vertical-align: bottom; }
th:first-child, .text { text-align: left; }
tbody th { font-weight: 600; }
tbody th, .text { overflow-wrap: anywhere; min-width: 11ch; }
td small { color: var(--soft); white-space: nowrap; }
td small.reason { white-space: normal; }
ul.notes { font-size: 14px; color: var(--soft); padding-left: 20px; margin: 6px 0 16px; }

.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 380px), 1fr)); gap: 20px; align-items: start; margin: 16px 0; }
figure { margin: 0; break-inside: avoid; }
figure.plot svg { width: 100%; max-width: 480px; height: auto; }
figcaption { font-size: 14px; line-height: 1.4; margin-top: 6px; max-width: 60ch; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(138px, 1fr)); gap: 14px; margin: 10px 0 20px; max-width: 1240px; }
.pictures img { display: block; width: 100%; max-width: 260px; border-radius: 4px; }
.pictures figcaption { font-size: 13px; }
.scale { display: flex; align-items: center; gap: 10px; max-width: 340px; font-size: 14px; color: var(--soft); }
.scale span.bar { flex: 1; height: 12px; border-radius: 3px; background: linear-gradient(to right, ${mapGradient}); print-color-adjust: exact; -webkit-print-color-adjust: exact; }

.flow { list-style: none; margin: 16px 0; padding: 0; max-width: 760px; }
.flow > li:not(:last-child) { padding-bottom: 14px; }
.flow .step { background: var(--card); border-radius: 8px; padding: 10px 14px; }
.flow .step .number { float: right; font-size: 18px; margin-left: 14px; }
.flow small, .flow .also { color: var(--soft); font-size: 14px; }
.flow small { display: block; }
.flow .losses { list-style: none; margin: 0 0 0 26px; padding: 10px 0 0 18px; border-left: 2px solid var(--line); font-size: 15px; }
.flow .losses li { margin-bottom: 4px; padding-left: 3.5ch; text-indent: -3.5ch; }
.flow .losses .number { display: inline-block; min-width: 3ch; font-weight: 600; text-indent: 0; }
.flow .losses small { display: inline; }
blockquote { margin: 12px 0; padding: 2px 18px; background: var(--card); border-radius: 8px; max-width: 84ch; }
summary { cursor: pointer; }

.wide { overflow-x: auto; }
.cams { display: flex; flex-wrap: wrap; gap: 20px 36px; margin: 16px 0; }
.cams figure { max-width: 100%; overflow-x: auto; }
.cams figure.plot svg { width: auto; max-width: none; }
.files { font-size: 13px; color: var(--soft); margin-top: 0; white-space: nowrap; }
a.plain { color: inherit; text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: 3px; }
ul.verdicts { padding-left: 20px; max-width: 90ch; }
ul.verdicts li { margin-bottom: 6px; }
details { margin: 10px 0; }
:target { background: var(--card); outline: 2px solid var(--link); outline-offset: 3px; }

dl.meanings dt { font-weight: 600; margin-top: 14px; }
dl.meanings dd { margin: 2px 0 0; }
.settings { columns: 340px 3; column-gap: 40px; font-size: 14px; margin: 12px 0; }
.settings div { display: flex; gap: 12px; justify-content: space-between; border-bottom: 1px solid var(--line); padding: 3px 0; break-inside: avoid; }
.settings dt { color: var(--soft); flex: none; max-width: 55%; }
.settings dd { margin: 0; text-align: right; }

@media screen and (max-width: 860px) {
  table.cards, .cards tbody, .cards tr, .cards th, .cards td, .cards caption { display: block; text-align: left; }
  .cards { width: 100%; overflow-wrap: anywhere; }
  .cards thead { display: none; }
  .cards tr { background: var(--card); border-radius: 8px; padding: 10px 14px; margin-bottom: 10px; }
  .cards th, .cards td { border: 0; padding: 2px 0; }
  .cards td { display: flex; justify-content: space-between; gap: 16px; text-align: right; }
  .cards td.text { text-align: right; }
  .cards td::before { content: attr(data-label); color: var(--soft); text-align: left; flex: none; max-width: 55%; }
}
@page { margin: 14mm; }
@media print {
  body { font-size: 10pt; }
  header, main { max-width: none; padding: 0; }
  nav { display: none; }
  table { font-size: 8.5pt; }
  thead th { font-size: 8pt; }
  th, td { padding-right: 8px; }
  h2, h3, h4 { break-after: avoid; }
  tr, .facts div { break-inside: avoid; }
  .figures { grid-template-columns: 1fr 1fr; }
  .pictures { grid-template-columns: repeat(6, 1fr); }
  .facts div { border: 1px solid var(--line); }
}
`;
