import { networks } from "../../src/vision/networks/index.ts";
import { goldenSuite } from "./suite.ts";

goldenSuite("xception", () => networks.xception.create(2));
