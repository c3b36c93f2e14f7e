/** One conformance suite over every network. */
import { describe, expect, test } from "vitest";
import { InputError } from "../../base/errors.ts";
import { indices, randn } from "../../torch/create.ts";
import { crossEntropy } from "../../torch/functional.ts";
import { autocast, liveTensorCount, manualSeed, noGrad } from "../../torch/modes.ts";
import { scope } from "../../torch/scope.ts";
import { classActivationMap } from "../cam.ts";
import { networkNames, networks } from "./index.ts";

/** Small inputs, for speed: no network needs the size that it was made for. */
const sizes = { densenet121: 64, resnet50: 64, inception_v3: 107, xception: 75, "resnet-small": 64 } as const;

describe.each(networkNames)("%s", (name) => {
  const images = () => randn([2, 3, sizes[name], sizes[name]]);

  test("answers features, head and forward alike; every parameter gets a finite gradient", () => {
    scope(() => {
      manualSeed(3);
      const network = networks[name].create(3);
      const input = images();
      network.train(false);
      const { gap, official } = noGrad(() => network.featureMaps(input));
      expect(gap.shape).toEqual(official.shape);
      expect(gap.shape[1]).toBe(network.classifier.weight.shape[1]);
      const logits = noGrad(() => network.forward(input)).values();
      expect(noGrad(() => network.head(gap)).values()).toEqual(logits);
      expect(logits).toHaveLength(6);

      // The CAM of the pooled features adds up to the logit: mean of S plus the bias.
      const cam = noGrad(() => classActivationMap(gap, network.classifier.weight, indices([2, 0])));
      const bias = network.classifier.bias.values();
      const sums = [logits[2] - bias[2], logits[3] - bias[0]];
      cam
        .mean([1, 2])
        .values()
        .forEach((value, image) => {
          expect(value / sums[image]).toBeCloseTo(1, 3);
        });

      network.train();
      crossEntropy(network.forward(input), indices([0, 2])).backward();
      for (const [path, parameter] of network.namedParameters()) {
        expect(parameter.grad?.isfinite().all().item(), path).toBe(1);
      }
    });
  });

  test("inference with batch norm folded in answers as without, also after the weights have changed", () => {
    scope(() => {
      const network = networks[name].create(2);
      const input = images();
      for (const round of [1, 2]) {
        network.train();
        noGrad(() => network.forward(input));
        network.train(false);
        const plain = network.forward(input).values();
        const folded = noGrad(() => network.forward(input)).values();
        folded.forEach((value, index) => {
          expect(value / plain[index], `round ${round}`).toBeCloseTo(1, 3);
        });
        noGrad(() => network.parameters()[0].copyFrom(network.parameters()[0].mul(1.5)));
      }
    });
  });

  test("the same seed gives the same weights, another seed others", () => {
    scope(() => {
      const first = (seed: number) => {
        manualSeed(seed);
        return [...networks[name].create(2).namedParameters().values()][0].values();
      };
      expect(first(5)).toEqual(first(5));
      expect(first(5)).not.toEqual(first(6));
    });
  });

  test("its state goes out and in again; another network's is refused by name", () => {
    scope(() => {
      const [one, two] = [networks[name].create(2), networks[name].create(2)];
      const input = images();
      one.train();
      noGrad(() => one.forward(input));
      two.loadStateDict(one.stateDict(), "one");
      for (const network of [one, two]) network.train(false);
      expect(noGrad(() => two.forward(input)).values()).toEqual(noGrad(() => one.forward(input)).values());

      const other = networks[name === "resnet50" ? "resnet-small" : "resnet50"].create(2);
      expect(() => two.loadStateDict(other.stateDict(), "w.pth")).toThrow(InputError);
      expect(() => two.loadStateDict(other.stateDict(), "w.pth")).toThrow(/^w\.pth: .*tensor /);
    });
  });

  test("a forward pass leaves one tensor behind: its result", () => {
    scope(() => {
      const network = networks[name].create(2).train(false);
      const input = images();
      const forward = () => noGrad(() => autocast("cpu", "bfloat16", () => network.forward(input)));
      forward(); // what is folded once stays
      const before = liveTensorCount();
      forward();
      expect(liveTensorCount()).toBe(before + 1);
    });
  });
});
