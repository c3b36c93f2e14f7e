import { inceptionV3 } from "../../src/vision/networks/inception.ts";
import { goldenSuite } from "./suite.ts";

// The peer drops nothing.
goldenSuite("inception_v3", () => inceptionV3(2, 0));
