/**
 * One of the processes of a group, for data-parallel.test.ts: does the jobs that stdin names, prints what came out as JSON.
 * With size 1 the same without a group.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { cyborgLoss } from "../../dist/guidance/index.js";
import {
  dropout,
  indices,
  inShare,
  manualSeed,
  openProcessGroup,
  operator,
  rand,
  Sgd,
  Store,
  setThreads,
  setUpDevice,
  tensor,
  zeros,
} from "../../dist/torch/index.js";
import { gradientStep } from "../../dist/training/index.js";
import { networks } from "../../dist/vision/networks/index.js";

const { rank, size, store, kind } = JSON.parse(process.argv[2]);
const device = kind === "cuda" ? `cuda:${rank}` : "cpu";
const tasks = JSON.parse(readFileSync(0, "utf8"));
setThreads(1);
setUpDevice(device);
const group =
  size === 1 ? undefined : openProcessGroup(Store.inFile(store, size), { rank, size, address: "127.0.0.1", device });
/** The rows of this process, or any one row where it has none. */
const rowsOf = (rows) => {
  const share = group?.shareOf(rows.length);
  return share === undefined
    ? rows
    : share.length === 0
      ? rows.slice(0, 1)
      : rows.slice(share.first, share.first + share.length);
};

const jobs = {
  /** Batch norm forward and backward: given.x is N×C×H×W, given.upstream the gradient of the output. */
  batchNorm({ x, upstream, channelsLast, dtype }) {
    const { length } = x;
    const share = group?.shareOf(length);
    const [channels, height, width] = [x[0].length, x[0][0].length, x[0][0][0].length];
    const planes = (rows) =>
      tensor(Float64Array.from(rows.flat(3)), [rows.length, channels, height, width])
        .to(dtype)
        .contiguous(channelsLast ? "channelsLast" : "contiguous")
        .toDevice(device);
    const stateType = dtype === "float64" ? "float64" : "float32";
    const perChannel = (of) =>
      tensor(Float64Array.from({ length: channels }, (_, c) => of(c)))
        .to(stateType)
        .toDevice(device);
    const input = planes(rowsOf(x)).detach().setRequiresGrad();
    const weight = perChannel((c) => 1 + c / 3)
      .detach()
      .setRequiresGrad();
    const bias = perChannel((c) => c - 1)
      .detach()
      .setRequiresGrad();
    const [runningMean, runningVar] = [perChannel((c) => c), perChannel((c) => 2 + c)];
    const output =
      share === undefined
        ? operator("batch_norm", "", input, weight, bias, runningMean, runningVar, true, 0.1, 1e-5, true)
        : share.batchNorm(input, { weight, bias, runningMean, runningVar }, 0.1, 1e-5);
    const loss = output
      .to(stateType)
      .mul(planes(rowsOf(upstream)).to(stateType))
      .sum();
    const idle = share?.length === 0;
    loss.mul(idle ? 0 : 1).backward();
    const values = (result) => (idle ? [] : result.values());
    return {
      output: values(output),
      input: values(input.grad),
      weight: weight.grad.values(),
      bias: bias.grad.values(),
      runningMean: runningMean.values(),
      runningVar: runningVar.values(),
    };
  },

  /** Steps of CYBORG on batches of seven images, of which every third is guided: losses, and a hash of all weights. */
  train({ steps }) {
    manualSeed(3);
    const network = networks["resnet-small"].create(2).to(device, "channelsLast").train();
    const input = { size: 32, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };
    const classifier = { network, input, classes: ["A", "B"], positive: "B", device, precision: "float32" };
    const optimiser = new Sgd(network.namedParameters(), { momentum: 0.9, weightDecay: 1e-6 });
    const loss = cyborgLoss({ blend: { alpha: 0.5 }, explainedClass: "true", tap: "gap", camWeights: "attached" });
    const losses = [];
    for (let step = 0; step < steps; step++) {
      // One batch in ten has fewer images than there are processes.
      const total = step % 10 === 9 ? 1 : 7;
      const [images, maps] = [rand([total, 3, 32, 32]), rand([total, 32, 32])];
      const share = group?.shareOf(total);
      const own = rowsOf(Array.from({ length: total }, (_, index) => index));
      const pick = (rows) => rows.indexSelect(0, indices(own));
      const batch = {
        images: pick(images).contiguous("channelsLast").toDevice(device),
        labels: indices(own.map((index) => (index + step) % 2)).toDevice(device),
        maps: pick(maps).toDevice(device),
        weights: tensor(own.map((index) => (share?.length !== 0 && index % 3 === 0 ? 1 : 0))).toDevice(device),
        guided: Math.ceil(total / 3),
        share,
      };
      losses.push(gradientStep(classifier, loss, optimiser, batch, { learningRate: 0.0001, clipGradients: 5 }).loss);
    }
    const hash = createHash("sha256");
    for (const { data } of network.stateDict().values()) hash.update(data);
    return { losses, hash: hash.digest("hex") };
  },

  /**
   * Two backward passes over parameters of several buckets, of two dtypes, one not used.
   * @returns by parameter and pass, the largest distance of a gradient from the sum of all processes'; null without one
   */
  backward() {
    const make = (shape, dtype, format) =>
      zeros(shape, dtype).contiguous(format).toDevice(device).detach().setRequiresGrad();
    const parameters = [
      make([5, 7, 4, 3], "float32", "channelsLast"),
      make([7], "float32", "contiguous"),
      make([3], "float32", "contiguous"),
      make([11], "float64", "contiguous"),
      make([13], "float32", "contiguous"),
      // More than a bucket holds, so that the one before begins another.
      make([2, 3300, 1000], "float32", "contiguous"),
    ];
    const unused = 2;
    const all = Array.from({ length: size }, (_, other) => other + 1).reduce((sum, factor) => sum + factor);
    const optimiser = new Sgd(new Map(parameters.map((parameter, index) => [`${index}`, parameter])), {
      momentum: 0,
      weightDecay: 0,
    });
    return [1, 2].map((pass) => {
      // Whole numbers, which float32 adds without rounding, and of which no two neighbours are equal.
      const wanted = parameters.map((parameter) => {
        const count = parameter.shape.reduce((product, length) => product * length, 1);
        const whole = operator("remainder", "Scalar", operator("arange", "", count), 997);
        return whole
          .to(parameter.dtype)
          .reshape(...parameter.shape)
          .mul(pass)
          .toDevice(device);
      });
      const terms = parameters.map((parameter, index) => parameter.mul(wanted[index]).sum().to("float64"));
      const loss = terms.filter((_, index) => index !== unused).reduce((sum, term) => sum.add(term));
      optimiser.zeroGrad();
      if (group === undefined) loss.backward();
      else group.backward(loss.mul(rank + 1), parameters);
      return parameters.map(({ grad }, index) =>
        grad === undefined ? null : operator("max", "", grad.sub(wanted[index].mul(all)).abs()).item(),
      );
    });
  },

  /** Dropout of a batch of given.rows rows; then a number of the random state that is left. */
  dropout({ rows }) {
    manualSeed(5);
    const own = rowsOf(Array.from({ length: rows }, (_, index) => index)).length;
    const ones = tensor(new Float32Array(own * 4).fill(1), [own, 4]).toDevice(device);
    const dropped = inShare(group?.shareOf(rows), () => dropout(ones, 0.5, true));
    return { dropped: group?.shareOf(rows).length === 0 ? [] : dropped.values(), next: rand([1]).item() };
  },
};

console.log(JSON.stringify(tasks.map(({ job, ...given }) => jobs[job](given))));
group?.close();
