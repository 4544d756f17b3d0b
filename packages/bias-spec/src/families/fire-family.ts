// What the docs print and the suite runs of FIRE; the arithmetic is in fire.ts and fire-term.ts.
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { FUTURE_KEYS } from '../future.ts';
import { FIRE_CASES, initialFire } from './fire-cases.ts';
import { fire } from './fire.ts';
import { github } from './links.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

const WEIGHTS = { kind: 'numbers', required: true, parameter: 'learned' } as const;

const create = unchecked(fire);

/** FIRE as the suite and the documentation know it. */
export const fireFamily: FamilyDefinition = {
  name: 'fire',
  title: 'FIRE',
  kind: 'learned',
  idea: "A small network maps the distance to one bias per head, so the shape of the penalty is learned and not chosen. The distance enters through a logarithm and relative to the query's own position, so every position beyond the training length still falls into the range seen in training. Up to a learned threshold the scale is fixed, which keeps short contexts apart.",
  formula: String.raw`\mathrm{bias}_h(i, j) = f_h\!\left(\frac{\ln(|c\,(i - j)| + 1)}{\ln(|c \max(i, L)| + 1) + \epsilon}\right), \qquad f(x) = W_2 \max(0, W_1 x + b_1) + b_2`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['f', 'the network: one hidden layer with ReLU, from 1 input to one output for each head'],
    ['f_h', 'output h of the network'],
    ['c', 'c: a learned factor; the larger it is, the sooner the logarithm bends'],
    ['L', 'the threshold: |thresholdMultiplier * threshold|'],
    [String.raw`\epsilon`, 'eps: keeps the divisor above 0'],
    ['x', 'the input of the network'],
    ['W_1, b_1', 'w1 and b1: weights and biases of the layer 1 -> width'],
    ['W_2, b_2', 'w2 and b2: weights and biases of the layer width -> heads'],
  ],
  citation:
    'Li et al. 2024, Functional Interpolation for Relative Positions Improves Long Context Transformers, arXiv:2310.04418',
  convention: 'after-scaling',
  options: [
    {
      ...WEIGHTS,
      name: 'w1',
      shape: '[width]',
      meaning: 'weights of the layer 1 -> width',
      initialisation: 'uniform in [-1, 1) (torch.nn.Linear); width 32',
    },
    { ...WEIGHTS, name: 'b1', shape: '[width]', meaning: 'biases of that layer', initialisation: 'uniform in [-1, 1)' },
    {
      ...WEIGHTS,
      name: 'w2',
      shape: '[heads, width]',
      meaning: 'weights of the layer width -> heads',
      initialisation: 'uniform within 1/sqrt(width)',
    },
    { ...WEIGHTS, name: 'b2', shape: '[heads]', meaning: 'biases of that layer', initialisation: 'uniform within 1/sqrt(width)' },
    { name: 'c', kind: 'number', meaning: 'how soon the logarithm bends', default: 0.1, parameter: 'learned' },
    { name: 'threshold', kind: 'number', meaning: 'rows before it (L) share one scale', default: 512, parameter: 'fixed' },
    { name: 'thresholdMultiplier', kind: 'number', meaning: 'factor of the threshold', default: 1, parameter: 'learned' },
    { name: 'eps', kind: 'number', above: 0, meaning: 'keeps the normaliser from 0', default: 1e-6 },
    { name: 'future', kind: 'choice', choices: FUTURE_KEYS, meaning: 'what keys in the future get', default: 'unsigned' },
  ],
  example: { c: 1, threshold: 64, future: 'signed' },
  traps: [
    "Past the threshold the bias depends on the query's position too: one table per distance is wrong there.",
    "Above the diagonal three forms are published: the logarithm with the distance's sign (flashT5), of |distance| (arithmetic), or none.",
    'The position that is normalised by is that of the query counted from 0, not the number of visible keys.',
    'The network has biases: at distance 0 the bias is not 0.',
  ],
  users: [
    {
      who: 'DAPE, on GPT-NeoX',
      convention: 'after-scaling',
      note: 'the paper leaves the scale out of its formulas',
      link: github(
        'chuanyang-Zheng/DAPE',
        'bde344a844f2bd1f498b2bac70240dcda41c50c1',
        'megatron/model/positional_embeddings.py#L451',
      ),
    },
    {
      who: "'Transformers can do arithmetic'",
      convention: 'after-scaling',
      link: github('mcleish7/arithmetic', '86022a57d38c0fde46444d62e8dcbebcc0af614c', 'cramming/architectures/attention.py#L230'),
    },
    {
      who: 'flashT5',
      convention: 'unscaled',
      note: 'its configurations set attention_scale to 1; the form with the sign of the distance',
      link: github('catie-aq/flashT5', '818f07c133de7266382921c726c653657d610ae4', 'src/model/modeling_flash_t5.py#L183'),
    },
  ],
  create,
  initialise: initialiser('fire', (heads, random, settings) => create({ ...initialFire(heads, random), ...settings, heads })),
  cases: FIRE_CASES,
};
