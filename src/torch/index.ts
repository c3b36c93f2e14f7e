/** Tensors, autograd, layers and optimisers over libtorch. */
export { fromHost, indices, mapFile, ones, rand, randn, tensor, toHost, zeros, zerosLike } from "./create.ts";
export type { DType } from "./dtype.ts";
export * from "./files/index.ts";
export * from "./functional.ts";
export * from "./modes.ts";
export { BatchNorm2d, Conv2d, Linear, MaxPool2d, ReLU, Sequential } from "./nn/layers.ts";
export { Module, type StateDict } from "./nn/module.ts";
export { learningRate, type Schedule } from "./optim/schedule.ts";
export { Sgd, type SgdOptions } from "./optim/sgd.ts";
export { inShare, openProcessGroup, ProcessGroup, ProcessLostError, type Share, Store } from "./process-group.ts";
export { chain, keep, scope } from "./scope.ts";
export { type MemoryFormat, operator, operatorInPlace, operatorMany, Tensor } from "./tensor.ts";
