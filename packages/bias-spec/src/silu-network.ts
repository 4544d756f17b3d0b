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

/** weight x + bias. Four outputs at a time, as a single sum waits for each addition, and planning runs this at every distance. */
function dense({ weight, bias }: DenseLayer, x: Float64Array): Float64Array {
  const inputs = x.length;
  const sums = bias.slice();
  let output = 0;
  for (; output + 4 <= sums.length; output += 4) {
    let [a, b, c, d] = [sums[output], sums[output + 1], sums[output + 2], sums[output + 3]];
    const row = output * inputs;
    for (let input = 0; input < inputs; input++) {
      const one = x[input];
      a += weight[row + input] * one;
      b += weight[row + inputs + input] * one;
      c += weight[row + 2 * inputs + input] * one;
      d += weight[row + 3 * inputs + input] * one;
    }
    sums[output] = a;
    sums[output + 1] = b;
    sums[output + 2] = c;
    sums[output + 3] = d;
  }
  for (; output < sums.length; output++) {
    for (let input = 0; input < inputs; input++) sums[output] += weight[output * inputs + input] * x[input];
  }
  return sums;
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
