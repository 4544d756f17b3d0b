// A fully connected network with one input and SiLU between its layers: its outputs, and the gradient of one of them.

export interface DenseLayer {
  /** [outputs, inputs] */
  readonly weight: Float64Array;
  /** [outputs] */
  readonly bias: Float64Array;
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** weight x + bias. */
function dense({ weight, bias }: DenseLayer, x: Float64Array): Float64Array {
  return bias.map((sum, output) => {
    let total = sum;
    for (let input = 0; input < x.length; input++) total += weight[output * x.length + input] * x[input];
    return total;
  });
}

const silu = (z: Float64Array): Float64Array => z.map((one) => one * sigmoid(one));

/** All outputs for one input. */
export function siluNetwork(layers: readonly DenseLayer[], x: number): Float64Array {
  return layers.reduce<Float64Array>(
    (below, layer, index) => dense(layer, index === 0 ? below : silu(below)),
    Float64Array.of(x),
  );
}

/** Adds factor * d output / d weights to `into`, by backpropagation. */
export function siluGradient(
  layers: readonly DenseLayer[],
  x: number,
  output: number,
  factor: number,
  into: readonly DenseLayer[],
): void {
  // Forward: what each layer reads, and what it gives before the activation.
  const inputs: Float64Array[] = [];
  const sums: Float64Array[] = [];
  for (const [index, layer] of layers.entries()) {
    inputs.push(index === 0 ? Float64Array.of(x) : silu(sums[index - 1]));
    sums.push(dense(layer, inputs[index]));
  }
  // Backward: the gradient of each layer's sums, from the last layer to the first.
  let gradient = new Float64Array(sums[layers.length - 1].length);
  gradient[output] = factor;
  for (let index = layers.length - 1; index >= 0; index--) {
    const read = inputs[index];
    const { weight } = layers[index];
    const passed = new Float64Array(read.length);
    for (let row = 0; row < gradient.length; row++) {
      into[index].bias[row] += gradient[row];
      for (let column = 0; column < read.length; column++) {
        into[index].weight[row * read.length + column] += gradient[row] * read[column];
        passed[column] += gradient[row] * weight[row * read.length + column];
      }
    }
    if (index === 0) return;
    gradient = passed.map((one, row) => {
      const z = sums[index - 1][row];
      const s = sigmoid(z);
      return one * s * (1 + z * (1 - s));
    });
  }
}
