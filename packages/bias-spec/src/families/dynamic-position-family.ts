// The definition of the dynamic position bias: docs, options, users and test cases. The arithmetic is in dynamic-position.ts.
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import type { Random } from '../random.ts';
import { linearLayer } from '../random.ts';
import type { DenseLayer } from '../silu-network.ts';
import { dynamicPosition } from './dynamic-position.ts';
import { github } from './links.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

/** Layers 1 -> width -> ... -> heads with `depth` hidden ones. */
function initialLayers(heads: number, width: number, depth: number, random: Random): DenseLayer[] {
  const sizes = [1, ...Array.from({ length: depth }, () => width), heads];
  return sizes.slice(1).map((outputs, index) => ({
    weight: linearLayer(random, outputs * sizes[index], sizes[index]),
    bias: linearLayer(random, outputs, sizes[index]),
  }));
}

const create = unchecked(dynamicPosition);

/** The definition of the dynamic position bias. */
export const dynamicPositionFamily: FamilyDefinition = {
  name: 'dynamic-position',
  title: 'Dynamic position bias',
  kind: 'learned',
  idea: 'A small network maps the distance to one bias per head. It has no table that could end, and it can learn any smooth shape, a different one for the future included. With the logarithm of the distance as input, its bias grows slowly beyond the distances it was trained on.',
  formula: String.raw`\mathrm{bias}_h(i, j) = \mathrm{MLP}(x)_h, \qquad x = i - j \ \text{ or } \ \mathrm{sign}(i - j)\,\ln(|i - j| + 1)`,
  symbols: [
    ...HEAD_AND_PAIR,
    [
      String.raw`\mathrm{MLP}`,
      'the network: fully connected layers with SiLU between them, from 1 input to one output for each head',
    ],
    ['x', 'its input: the distance, or with logDistance the logarithm of the distance with its sign'],
  ],
  citation: 'Wang et al. 2021, CrossFormer, arXiv:2108.00154; the one-dimensional form with SiLU is that of x-transformers',
  convention: 'after-scaling',
  options: [
    {
      name: 'layers',
      kind: 'layers',
      shape: 'weight [outputs, inputs] and bias [outputs] of each, from 1 input to one output per head',
      meaning: 'layers of the network, in order: the parameters weight0, bias0, weight1, ...',
      required: true,
      parameter: 'learned',
      initialisation:
        'uniform within +-1/sqrt(inputs) (torch.nn.Linear); 2 hidden layers of a quarter of the model dimension (taken as 16 per head)',
    },
    {
      name: 'logDistance',
      kind: 'boolean',
      meaning: 'the network reads sign(distance) * ln(|distance| + 1) instead of the distance',
      default: false,
    },
  ],
  example: { logDistance: true },
  traps: [
    'The input is the signed distance, query minus key: the bias is not symmetric.',
    'Without the logarithm the network is linear far outside the distances it was trained on, and its bias grows without bound.',
    'x-transformers uses SiLU; its older versions and CrossFormer use ReLU.',
  ],
  users: [
    {
      who: 'CrossFormer',
      convention: 'after-scaling',
      note: 'in two dimensions, with ReLU and LayerNorm between the layers',
      link: github('cheerss/CrossFormer', '795201075f0066e78408882617312084e25aef61', 'models/crossformer.py#L136'),
    },
    {
      who: 'x-transformers',
      convention: 'after-scaling',
      note: 'with SiLU, as here',
      link: github('lucidrains/x-transformers', '004dd51c1ba44284cdd24b1b9792c83e0039ac24', 'x_transformers/attend.py'),
    },
  ],
  create,
  initialise: initialiser(
    'dynamicPosition',
    (heads, random, { layers = initialLayers(heads, 16 * heads, 2, random), ...others }) => {
      return create({ ...others, heads, layers });
    },
  ),
  cases: [
    { name: 'shallow', create: (heads, random) => dynamicPosition({ heads, layers: initialLayers(heads, 8, 1, random) }) },
    {
      name: 'deep-log',
      create: (heads, random) => dynamicPosition({ heads, layers: initialLayers(heads, 6, 3, random), logDistance: true }),
    },
  ],
};
