/** Observable Plot on the server: from marks to one SVG string in the house's style, its legend inside it. */
import * as Plot from "@observablehq/plot";
import { DOMParser } from "linkedom";
import { figureHeight, figureWidth, fontFamily, fontSize, type SeriesStyle } from "./style.ts";

export interface LegendEntry extends SeriesStyle {
  text: string;
}

export interface Figure {
  /** What a person who cannot see it is told. */
  description: string;
  marks: Plot.Markish[];
  x: Plot.ScaleOptions;
  y: Plot.ScaleOptions;
  /** One row each, below the axes. */
  legend?: readonly LegendEntry[];
  height?: number;
  marginLeft?: number;
}

const legendRow = 18;
const axisHeight = 42;

/** SVG markup with its own namespace, on a clear ground; text takes the colour of the page around it, black alone. */
export function drawFigure(figure: Figure): string {
  const { description, x, y, legend = [], height = figureHeight, marginLeft = 46 } = figure;
  // An XML document, since linkedom leaves < in the attributes of an HTML one, which no SVG reader takes.
  const document = new DOMParser().parseFromString("<svg/>", "image/svg+xml");
  const svg = Plot.plot({
    document,
    width: figureWidth,
    height: height + legend.length * legendRow,
    marginTop: 32,
    marginRight: 20,
    marginBottom: axisHeight + legend.length * legendRow,
    marginLeft,
    ariaLabel: description,
    style: { fontFamily, fontSize: `${fontSize}px`, background: "none", color: "currentColor", overflow: "hidden" },
    x: { labelArrow: "none", labelAnchor: "center", labelOffset: axisHeight - 6, ...x },
    y: { labelArrow: "none", ...y },
    marks: [
      Plot.gridX({ strokeOpacity: 0.1, ticks: x.ticks }),
      Plot.gridY({ strokeOpacity: 0.1 }),
      ...figure.marks,
      drawLegend(legend),
    ],
  });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("role", "img");
  return svg.outerHTML;
}

/** A mark that writes the rows of the legend beneath the axis. */
function drawLegend(legend: readonly LegendEntry[]): Plot.RenderFunction {
  return (_index, _scales, _values, dimensions, context) => {
    const { document } = context;
    const make = (name: string, attributes: Record<string, string | number>, text = "") => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", name);
      for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
      element.textContent = text;
      return element;
    };
    const group = make("g", { "font-size": fontSize, fill: "currentColor", "text-anchor": "start" });
    legend.forEach(({ text, color, dash }, row) => {
      const [x, y] = [dimensions.marginLeft, dimensions.height - (legend.length - row - 0.5) * legendRow];
      const line = { x1: x, x2: x + 26, y1: y, y2: y, stroke: color, "stroke-width": 2.5, "stroke-dasharray": dash };
      group.append(make("line", line), make("text", { x: x + 33, y: y + 4 }, shorten(text)));
    });
    return group;
  };
}

/** As much of the text as fits beside the legend's line; the table beside a figure has the whole name. */
const shorten = (text: string) => (text.length > 52 ? `${text.slice(0, 51)}…` : text);
