/** The researcher's pages: how the study goes, what people marked, and each participant's record. */
import { render } from "preact";
import { askBelow } from "../shared/server.ts";
import { App } from "./app.tsx";
import "../shared/frame.css";
import "../shared/content.css";
import "./style.css";
import "./pictures.css";

askBelow("/api/researcher");
render(<App />, document.getElementById("app")!);
