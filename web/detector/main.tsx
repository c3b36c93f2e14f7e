/** The detector's page: images are judged in the browser and stay there. */
import { render } from "preact";
import { App } from "./app.tsx";
import "../shared/style.css";
import "./style.css";
import "./pictures.css";

const place = document.getElementById("app")!;
place.replaceChildren();
render(<App />, place);
