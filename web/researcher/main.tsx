/** The researcher's pages: how the study goes, what people marked, and each participant's record. */
import { render } from "preact";
import { App } from "./app.tsx";
import "../shared/style.css";
import "./style.css";
import "./content.css";
import "./pictures.css";

render(<App />, document.getElementById("app")!);
