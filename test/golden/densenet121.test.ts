import { networks } from "../../src/vision/networks/index.ts";
import { goldenSuite } from "./suite.ts";

goldenSuite("densenet121", () => networks.densenet121.create(2));
