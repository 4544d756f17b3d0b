// The definition of ALiBi: docs, options, users and test cases. The arithmetic is in alibi.ts.
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { ALIBI_FUTURES, alibi } from './alibi.ts';
import { BOOK, github, huggingFace } from './links.ts';
import { QUERY_AND_KEY } from './symbols.ts';

const create = unchecked(alibi);

/** The definition of ALiBi. */
export const alibiFamily: FamilyDefinition = {
  name: 'alibi',
  title: 'ALiBi',
  kind: 'heuristic',
  idea: 'Every step of distance costs a fixed penalty, so near keys win unless the content score strongly favours a far one. The slope of the penalty differs between heads, which gives the model several ranges at once. Nothing is trained, and the rule extends beyond the training length.',
  formula: String.raw`\mathrm{bias}_h(i, j) = -m_h\,(i - j), \qquad m_h = 2^{-8h/H} \text{ for } H = 2^a`,
  symbols: [
    ['h', 'head, from 1 to H'],
    ['H', 'number of heads'],
    ...QUERY_AND_KEY,
    ['m_h', 'slope of head h: the penalty for each step of distance'],
    ['a', 'any whole number from 0: the closed form of the slopes holds where H is a power of two'],
  ],
  citation: 'Press, Smith and Lewis 2022, Train Short, Test Long, arXiv:2108.12409',
  convention: 'after-scaling',
  options: [
    {
      name: 'slopes',
      kind: 'numbers',
      shape: '[heads]',
      meaning: 'one slope per head, the penalty for each step of distance',
      default: 'the published slopes, rounded to float32',
      parameter: 'fixed',
    },
    { name: 'beta', kind: 'number', meaning: 'one slope for all heads' },
    { name: 'biasMax', kind: 'number', above: 0, meaning: 'the last slope is 2^-biasMax; MPT sets another', default: 8 },
    {
      name: 'future',
      kind: 'choice',
      choices: ALIBI_FUTURES,
      meaning:
        'bias of keys in the future; asymmetric: the first half of the heads sees only the past, the second only the future',
      default: 'unsigned',
    },
    { name: 'learned', kind: 'boolean', meaning: 'the slopes receive gradients', default: false, switches: {} },
  ],
  example: { beta: 0.1 },
  traps: [
    'The naive 2^(-8k/H) differs from the published slopes whenever H is not a power of two.',
    'The signed form rewards keys in the future: use it under a causal mask only.',
    'The absolute form slope * j merges neighbouring keys in 16-bit floats (bfloat16 from j = 256 on, float16 from j = 2048 on), and shifts the log-sum-exp.',
  ],
  users: [
    {
      who: 'the paper and its code',
      convention: 'after-scaling',
      link: github(
        'ofirpress/attention_with_linear_biases',
        '4b92f28a005ead2567abe2359f633e73e08f3833',
        'fairseq/modules/multihead_attention.py#L225',
      ),
    },
    {
      who: 'MPT',
      convention: 'after-scaling',
      note: 'biasMax is its setting alibi_bias_max; softmax_scale, if set, replaces 1/sqrt(d)',
      link: huggingFace('mpt', '0206c7b0f3a56f3876a66bda1baa00741950221e'),
    },
    {
      who: 'BLOOM',
      convention: 'after-scaling',
      note: 'adds slope * key position, which gives the same softmax',
      link: huggingFace('bloom', '0078a6cd96d5ab7c3c429b9fdc3fbc703d894dcc'),
    },
    {
      who: 'Falcon with alibi',
      convention: 'before-scaling',
      note: 'scores and bias are scaled together; slope * key position as in BLOOM',
      link: huggingFace('falcon', '00dcc6dda6f6d8e69541a6b51f97986a80242367'),
    },
    {
      who: 'Jina BERT',
      convention: 'after-scaling',
      note: 'symmetric: future is unsigned',
      link: 'https://huggingface.co/jinaai/jina-bert-implementation/blob/main/modeling_bert.py',
    },
    { who: "'Foundations of Large Language Models'", convention: 'before-scaling', note: 'one beta for all heads', link: BOOK },
  ],
  create,
  initialise: initialiser('alibi', (heads, _random, settings) => create({ ...settings, heads })),
  cases: [
    { name: 'published', create: (heads) => alibi({ heads }) },
    { name: 'beta', create: (heads) => alibi({ heads, beta: 0.1 }) },
    { name: 'signed', create: (heads) => alibi({ heads, biasMax: 4, future: 'signed' }) },
    { name: 'asymmetric', heads: [8, 12], create: (heads) => alibi({ heads, future: 'asymmetric' }) },
    {
      name: 'given-slopes',
      create: (heads, random) => alibi({ heads, slopes: Array.from({ length: heads }, random), learned: true, future: 'zero' }),
    },
  ],
};
