/** The dashboard: an experiment's grid as it fills up, curves, comparisons, and where every network looks. */
import { render } from "preact";
import { App } from "./app.tsx";
import "../shared/frame.css";
import "../shared/content.css";
import "./style.css";
import "./grid.css";
import "./pictures.css";

render(<App />, document.getElementById("app")!);
