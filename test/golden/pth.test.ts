/** A checkpoint that PyTorch wrote (bench/peer/small_pth.py) gives the logits that PyTorch computed with it. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readWeights } from "../../src/torch/files/index.ts";
import { noGrad } from "../../src/torch/modes.ts";
import { networks } from "../../src/vision/networks/index.ts";
import { batch } from "./formula.ts";

test("the logits of a .pth file are those of PyTorch", () => {
  const at = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const { logits } = JSON.parse(readFileSync(at("small.json"), "utf8"));
  const network = networks["resnet-small"].create(2);
  network.loadStateDict(readWeights(at("small.pth")), "small.pth");
  network.train(false);
  const { images } = batch(64, 8, 2);
  noGrad(() => network.forward(images))
    .values()
    .forEach((value, index) => {
      expect(value).toBeCloseTo(logits[index], 5);
    });
});
