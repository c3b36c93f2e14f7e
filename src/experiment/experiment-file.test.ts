import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readExperimentFile } from "./experiment-file.ts";

const folder = mkdtempSync(join(tmpdir(), "oversight-experiment-"));
const file = join(folder, "grid.yaml");
const good = `
name: grid
data:
  small: {manifest: small/train.csv, imageRoot: images}
tests:
  - {name: unseen, manifest: test.csv}
networks: [resnet-small]
strategies:
  - {name: classical, data: small, guidance: cross-entropy}
  - {name: masks, data: small, guidance: cyborg, maps: masks/manifest.csv, settings: {weights: first.pth}}
seeds: 2
settings: {epochs: 2}
`;
function read(text: string) {
  writeFileSync(file, text);
  return readExperimentFile(file);
}
/** The file with one piece replaced. */
const but = (piece: string, other: string) => {
  expect(good).toContain(piece);
  return good.replace(piece, other);
};

test("paths are relative to the file, and what is left out has its default", () => {
  const { data, tests, strategies, alphas, seeds, threshold } = read(good);
  expect(data.small).toMatchObject({ manifest: join(folder, "small/train.csv"), imageRoot: join(folder, "images") });
  expect(tests).toEqual([{ name: "unseen", manifest: join(folder, "test.csv") }]);
  expect(strategies[1]).toMatchObject({ maps: join(folder, "masks/manifest.csv") });
  expect(strategies[1].settings).toEqual({ weights: join(folder, "first.pth") });
  expect({ alphas, seeds, threshold }).toEqual({ alphas: [0.5], seeds: [1, 2], threshold: { rule: "eer" } });
  expect(read(`${good}threshold: {fpr: 0.01}`).threshold).toEqual({ rule: "fpr", fpr: 0.01 });
  expect(read(but("guidance: cyborg, maps: masks/manifest.csv", "guidance: cyborg")).strategies[1]).toMatchObject({
    maps: "human",
  });
});

test.each([
  [
    but("seeds: 2", "sedes: 2"),
    /^FILE: there is nothing called "sedes" — did you mean "seeds"\?; there are name, data/,
  ],
  [
    but("data: small, guidance: cross", "data: smal, guidance: cross"),
    /^FILE: strategies\.0\.data: .*"smal" — did you mean "small"\?/,
  ],
  [but("guidance: cyborg", "guidance: cybrog"), /^FILE: strategies\.1\.guidance: .*cross-entropy or cyborg/],
  [but("maps: masks/manifest.csv", "alphas: [0.5], lambda: 2"), /^FILE: strategies\.1: alphas and lambda are two ways/],
  [
    but("guidance: cross-entropy", "guidance: cross-entropy, maps: human"),
    /^FILE: strategies\.0: .*"maps".*there are name, data, guidance, settings$/,
  ],
  [but("{epochs: 2}", "{epoch: 2}"), /^FILE: settings: unknown setting epoch — did you mean "epochs"/],
  [but("{epochs: 2}", "{epochs: two}"), /^FILE: settings: epochs: .*expected (int|number)/],
  [but("{epochs: 2}", "{seed: 2}"), /^FILE: settings\.seed: .*list it in seeds/],
  [but("{epochs: 2}", "{threads: 2}"), /^FILE: settings\.threads: .*--threads/],
  [but("{epochs: 2}", "{guidance: {alpha: 0.3}}"), /^FILE: settings\.guidance\.alpha: say it in the strategies/],
  [but("{weights: first.pth}", "{batch: 0}"), /^FILE: strategies\.1\.settings: batch: /],
  [but("networks: [resnet-small]", "networks: [resnet-smal]"), /^FILE: networks\.0: .*"resnet-small"/],
  [
    but("networks: [resnet-small]", "networks: [resnet50, resnet50]"),
    /^FILE: networks\.1: network resnet50 is there twice/,
  ],
  [but("networks: [resnet-small]", "networks: []"), /^FILE: networks: /],
  [but("name: masks", "name: classical"), /^FILE: strategies\.1: strategy classical is there twice/],
  [but("name: unseen", "name: validation"), /^FILE: tests\.0\.name: .*choose another/],
  [but("name: masks", "name: a/b"), /^FILE: strategies\.1\.name: a name is of letters/],
  [but("seeds: 2", "seeds: [1, 2, 1]"), /^FILE: seeds\.2: seed 1 is there twice/],
  [but("seeds: 2", "seeds: 0"), /^FILE: seeds: /],
  [`${good}threshold: 0.5`, /^FILE: threshold: expected eer, or fpr/],
  [`${good}alphas: [0.5, 1.5]`, /^FILE: alphas\.1: /],
  [
    `${good}networkSettings: {resnet50: {epochs: 3}}`,
    /^FILE: networkSettings\.resnet50: the experiment's networks are resnet-small/,
  ],
  [`${good}networkSettings: {resnet-small: {epoch: 3}}`, /^FILE: networkSettings\.resnet-small: unknown setting epoch/],
  ["- a\n- b\n", /^FILE: expected settings/],
  ["name: [", /^FILE: not YAML: /],
])("what cannot be used is named with its place (%#)", (text, message) => {
  let said = "";
  try {
    read(text);
  } catch (error) {
    expect(error).toHaveProperty("name", "InputError");
    said = (error as Error).message.replace(file, "FILE");
  }
  expect(said).toMatch(message);
  expect(said).not.toContain("\n");
});
