/** A figure by Observable Plot as wide as its place, with its numbers as a table for whoever wants or needs them. */
import type { PlotOptions } from "@observablehq/plot";
import * as Plot from "@observablehq/plot";
import { useEffect, useRef, useState } from "preact/hooks";

interface FigureProps {
  title: string;
  caption: string;
  /** The figure's marks and scales at a width in pixels. */
  draw: (width: number) => PlotOptions;
  table: { columns: string[]; rows: (string | number)[][] };
}

export function Figure({ title, caption, draw, table }: FigureProps) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(place.current!);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (width === 0) return;
    const plot = Plot.plot({ ...draw(width), width, style: { fontSize: "12px", fontFamily: "inherit" } });
    // Plot's own style element would be against our content security policy; style.css says the same.
    plot.querySelector("style")?.remove();
    plot.setAttribute("aria-hidden", "true");
    place.current!.replaceChildren(plot);
  });
  return (
    <figure class="card">
      <figcaption>
        <h2>{title}</h2>
        <p>{caption}</p>
      </figcaption>
      <div class="plot" ref={place} />
      <details>
        <summary>
          The numbers<span class="hidden-text"> of “{title}”</span>
        </summary>
        <div class="scroll">
          <table>
            <thead>
              <tr>
                {table.columns.map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows.map((row) => (
                <tr key={row.slice(0, 2).join()}>
                  {row.map((cell, i) => (
                    <td key={table.columns[i]}>{cell}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}
