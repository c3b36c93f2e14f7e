/** What is to be known of the networks where none is run: reading settings and plans must not load libtorch. */

/** By name, the side of the square image that each was made for; they take others. */
export const inputSizes = {
  densenet121: 224,
  resnet50: 224,
  inception_v3: 299,
  xception: 299,
  "resnet-small": 64,
} as const;

export type NetworkName = keyof typeof inputSizes;
export const networkNames = Object.keys(inputSizes) as NetworkName[];
