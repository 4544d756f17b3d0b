// The definition of FIRE: docs, options and users. The arithmetic is in fire.ts and fire-term.ts, the test cases in fire-cases.ts.
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { FUTURE_KEYS } from '../future.ts';
import { FIRE_CASES, initialFire } from './fire-cases.ts';
import { fire } from './fire.ts';
import { github } from './links.ts';
import { HEAD_AND_PAIR } from './symbols.ts';

const WEIGHTS = { kind: 'numbers', required: true, parameter: 'learned' } as const;

const create = unchecked(fire);

/** The definition of FIRE. */
export const fireFamily: FamilyDefinition = {
  name: 'fire',
  title: 'FIRE',
  kind: 'learned',
  idea: "A small network maps the distance to one bias per head, so the shape of the penalty is learned. Its input is the logarithm of the distance divided by that of the query's position, so positions beyond the training length still give inputs in the range seen in training. Below a learned threshold L the divisor is constant, so short contexts keep full resolution.",
  formula: String.raw`\mathrm{bias}_h(i, j) = f_h\!\left(\frac{\ln(|c\,(i - j)| + 1)}{\ln(|c \max(i, L)| + 1) + \epsilon}\right), \qquad f(x) = W_2 \max(0, W_1 x + b_1) + b_2`,
  symbols: [
    ...HEAD_AND_PAIR,
    ['f', 'the network: one hidden layer with ReLU, from 1 input to one output for each head'],
    ['f_h', 'output h of the network'],
    ['c', 'c: a learned factor of the distance'],
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
    { name: 'c', kind: 'number', meaning: 'factor of the distance inside the logarithm', default: 0.1, parameter: 'learned' },
    {
      name: 'threshold',
      kind: 'number',
      meaning: 'L before it is multiplied: queries at positions below it share one divisor',
      default: 512,
      parameter: 'fixed',
    },
    { name: 'thresholdMultiplier', kind: 'number', meaning: 'learned factor of the threshold', default: 1, parameter: 'learned' },
    { name: 'eps', kind: 'number', above: 0, meaning: 'added to the divisor to keep it above 0', default: 1e-6 },
    {
      name: 'future',
      kind: 'choice',
      choices: FUTURE_KEYS,
      meaning: 'keys in the future: the network reads |distance| or the signed distance, or they have no bias',
      default: 'unsigned',
    },
  ],
  example: { c: 1, threshold: 64, future: 'signed' },
  traps: [
    "Beyond the threshold the bias also depends on the query's position: a table by distance is wrong there.",
    "Three forms are published for keys in the future: the signed logarithm (flashT5), that of |distance| ('Transformers can do arithmetic'), or no bias.",
    "The divisor reads the query's position, counted from 0, not the number of visible keys.",
    'The network has bias terms, so the bias at distance 0 is not 0.',
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
      note: 'its configurations set attention_scale to 1; it uses the signed form',
      link: github('catie-aq/flashT5', '818f07c133de7266382921c726c653657d610ae4', 'src/model/modeling_flash_t5.py#L183'),
    },
  ],
  create,
  initialise: initialiser('fire', (heads, random, settings) => create({ ...initialFire(heads, random), ...settings, heads })),
  cases: FIRE_CASES,
};
