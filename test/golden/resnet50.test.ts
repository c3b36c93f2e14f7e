import { networks } from "../../src/vision/networks/index.ts";
import { goldenSuite } from "./suite.ts";

goldenSuite("resnet50", () => networks.resnet50.create(2));
