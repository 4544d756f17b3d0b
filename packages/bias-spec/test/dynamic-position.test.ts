// Dynamic position bias: networks small enough to compute by hand, and refusals.
import { expect, it } from 'vitest';
import { ParameterError, ShapeError, contiguousPositions, dynamicPosition, dynamicPositionFamily } from '../src/index.ts';
import { seeded } from './seeded.ts';
import { REORDERED, isNear } from './tolerances.ts';

const silu = (z: number): number => z / (1 + Math.exp(-z));

it('is linear with a single layer: SiLU follows every layer but the last', () => {
  const bias = dynamicPosition({ heads: 2, layers: [{ weight: [-0.5, 2], bias: [1, 0] }] });
  expect([4, -4].map((distance) => [bias.value(0, distance, 0), bias.value(1, distance, 0)])).toEqual([
    [-1, 8],
    [3, -8],
  ]);
});

it('reads weights as [outputs, inputs]', () => {
  const bias = dynamicPosition({
    heads: 1,
    layers: [
      { weight: [1, -1], bias: [0, 0.5] },
      { weight: [1, 2, 3, 4], bias: [0, 0] },
      { weight: [1, 10], bias: [0.25] },
    ],
  });
  const [a, b] = [silu(2), silu(-1.5)];
  const want = silu(a + 2 * b) + 10 * silu(3 * a + 4 * b) + 0.25;
  expect(isNear(bias.value(0, 2, 2), want, REORDERED)).toBe(true);
});

/** The network as its documentation has it, one number at a time. */
function plainNetwork(layers: readonly { weight: readonly number[]; bias: readonly number[] }[], x: number): number[] {
  let below = [x];
  for (const [index, { weight, bias }] of layers.entries()) {
    const read = index === 0 ? below : below.map(silu);
    below = bias.map((one, output) =>
      read.reduce((sum, value, input) => sum + weight[output * read.length + input] * value, one),
    );
  }
  return below;
}

function drawnLayers(sizes: readonly number[], seed: number): { weight: number[]; bias: number[] }[] {
  const random = seeded(seed);
  const numbers = (count: number): number[] => Array.from({ length: count }, () => 2 * random() - 1);
  return sizes.slice(1).map((outputs, index) => ({ weight: numbers(outputs * sizes[index]), bias: numbers(outputs) }));
}

it.each([
  [1, 1],
  [1, 3, 4, 5],
  [1, 8, 7],
  [1, 6, 9, 2],
])('is the network of its layers, whatever their widths (%j)', (...sizes) => {
  const layers = drawnLayers(sizes, sizes.length);
  const heads = sizes.at(-1) ?? 0;
  const bias = dynamicPosition({ heads, layers });
  for (const distance of [-3, 0, 2]) {
    const want = plainNetwork(layers, distance);
    const got = want.map((_, head) => bias.value(head, distance, 0));
    expect(got.filter((one, head) => !isNear(one, want[head], REORDERED))).toEqual([]);
  }
});

it('passes the gradient of one head at one distance to every weight', () => {
  const layers = drawnLayers([1, 3, 5, 2], 9);
  const bias = dynamicPosition({ heads: 2, layers });
  const [distance, factor, step] = [-2, 3, 1e-5];
  // Query 0 sees keys 0 to 2: distances -2 to 0 for each head.
  const values = Float64Array.of(factor, 0, 0, 0, 0, 0);
  const gradients = bias.adjoint(contiguousPositions(1, 1, 3, 0), [{ kind: 'per-distance', values }]);
  const wrong: string[] = [];
  for (const [index, layer] of layers.entries()) {
    for (const name of ['weight', 'bias'] as const) {
      for (const place of layer[name].keys()) {
        const moved = (by: number): number => {
          const changed = layers.with(index, { ...layer, [name]: layer[name].with(place, layer[name][place] + by) });
          return plainNetwork(changed, distance)[0];
        };
        const want = (factor * (moved(step) - moved(-step))) / (2 * step);
        const got = gradients[`${name}${index}`][place];
        if (!(Math.abs(got - want) <= 1e-7)) wrong.push(`${name}${index}[${place}]: ${got} instead of ${want}`);
      }
    }
  }
  expect(wrong).toEqual([]);
});

it('reads the signed logarithm of the distance when asked', () => {
  const bias = dynamicPosition({ heads: 1, layers: [{ weight: [1], bias: [0] }], logDistance: true });
  expect([7, 0, -7].map((distance) => bias.value(0, distance, 0))).toEqual([Math.log1p(7), 0, -Math.log1p(7)]);
});

it('starts from two hidden layers, drawn within 1/sqrt(inputs)', () => {
  const { parameters } = dynamicPositionFamily.initialise(2, seeded(2));
  expect(Object.entries(parameters).map(([name, { shape }]) => [name, shape])).toEqual([
    ['weight0', [32, 1]],
    ['bias0', [32]],
    ['weight1', [32, 32]],
    ['bias1', [32]],
    ['weight2', [2, 32]],
    ['bias2', [2]],
  ]);
  for (const name of ['weight1', 'bias1']) {
    const drawn = parameters[name].data.map((one) => one * Math.sqrt(32));
    const [least, most] = [Math.min(...drawn), Math.max(...drawn)];
    expect(least).toBeGreaterThanOrEqual(-1);
    expect(most).toBeLessThanOrEqual(1);
    // Of 32 draws or more, one lies in the lowest and one in the highest fifth but for 1 in 1,000 seeds.
    expect(least).toBeLessThan(-0.6);
    expect(most).toBeGreaterThan(0.6);
  }
});

it.each([
  ['no layers', { heads: 1, layers: [] }, ParameterError, ['dynamicPosition.layers', 'at least one']],
  ['layers that are no list', { heads: 1, layers: 'mlp' }, ParameterError, ['"mlp"']],
  [
    'weights that do not fit the layer before',
    {
      heads: 1,
      layers: [
        { weight: [1, 2], bias: [0, 0] },
        { weight: [1], bias: [0] },
      ],
    },
    ShapeError,
    ['layers[1].weight', '1 numbers', '2'],
  ],
  [
    'another count of outputs than heads',
    { heads: 2, layers: [{ weight: [1], bias: [0] }] },
    ShapeError,
    ['1 outputs', '2, one per head'],
  ],
  [
    'a layer without a bias',
    { heads: 1, layers: [{ weight: [1] }] },
    ParameterError,
    ['layers[0].bias', 'undefined', 'at least one number'],
  ],
  [
    'infinite weights',
    { heads: 1, layers: [{ weight: [Infinity], bias: [0] }] },
    ParameterError,
    ['layers[0].weight[0]', 'Infinity'],
  ],
  ['a stray name in a layer', { heads: 1, layers: [{ weight: [1], biases: [0] }] }, ParameterError, ['layers[0].biases']],
  [
    'logDistance as a number',
    { heads: 1, layers: [{ weight: [1], bias: [0] }], logDistance: 1 },
    ParameterError,
    ['logDistance', 'true or false'],
  ],
] as const)('refuses %s', (_name, options, error, parts) => {
  const call = (): unknown => dynamicPosition(options as never);
  expect(call).toThrow(error);
  for (const part of parts) expect(call).toThrow(part);
});
