// Saboteurs that are wrong only at some sizes: beyond a block, in a remainder, with more heads, groups or batch rows than usual.
import type { Row } from './conditional.ts';
import { conditionalSaboteurs, group } from './conditional.ts';
import type { Saboteur } from './saboteur.ts';

const ROWS: readonly Row[] = [
  ['at-head-dims-above-64', (plan) => plan.headDim > 64, 'drops the last component', 'attention/none:headDim=80'],
  [
    'at-head-dims-above-512',
    (plan) => plan.headDim > 512,
    'halves the query',
    'attention/none:heads=1;queries=3;keys=5;headDim=1025;valueDim=2;softcap=2',
  ],
  [
    'at-head-dims-of-remainder-3-of-4',
    (plan) => plan.headDim % 4 === 3,
    'drops the last component',
    'attention/none:heads=33;queries=2;keys=3;headDim=3',
  ],
  [
    'at-head-dims-of-remainder-5-of-8',
    (plan) => plan.headDim % 8 === 5,
    'drops the last component',
    'attention/alibi:heads=3;queries=13;keys=7;headDim=5;valueDim=3;queryStart=2;left=4;right=2;keyDtype=float16;valueDtype=float32',
  ],
  [
    'at-head-dims-of-remainder-1-of-32',
    (plan) => plan.headDim % 32 === 1 && plan.headDim > 1,
    'halves the query',
    'attention/none:heads=1;queries=3;keys=5;headDim=1025;valueDim=2;softcap=2',
  ],
  [
    'at-head-dims-of-remainder-15-of-16',
    (plan) => plan.headDim % 16 === 15,
    'drops the last component',
    'attention/none:heads=1;queries=5;keys=5;headDim=1023;valueDim=2;left=40;positions=reversed',
  ],
  [
    'at-values-wider-than-64',
    (plan) => plan.valueDim > 64,
    'reads the last component of values as 0',
    'attention/none:headDim=80',
  ],
  [
    'at-other-values-wider-than-256',
    (plan) => plan.valueDim !== plan.headDim && plan.valueDim > 256,
    'reads the last component of values as 0',
    'attention/none:heads=1;queries=3;keys=3;headDim=4;valueDim=1025',
  ],
  [
    'at-values-of-remainder-3-of-4',
    (plan) => plan.valueDim % 4 === 3,
    'reads the last component of values as 0',
    'attention/none:heads=33;queries=2;keys=3;headDim=3',
  ],
  [
    'at-values-of-remainder-1-of-96',
    (plan) => plan.valueDim % 96 === 1 && plan.valueDim > 96,
    'reads the last component of values as 0',
    'attention/none:heads=1;queries=3;keys=19;headDim=4;valueDim=97;dtype=bfloat16;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-three-batch-rows',
    (plan) => plan.batch >= 3,
    'reads the keys of the last batch row as 0',
    'attention/alibi:batch=3;heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11,7,3;segments=packed;scale=0.7;biasScale=-2;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-more-than-eight-batch-rows',
    (plan) => plan.batch > 8,
    'reads the keys of the last batch row as 0',
    'attention/none:batch=17;heads=1;queries=2;keys=3',
  ],
  [
    'at-groups-of-three',
    (plan) => group(plan) === 3,
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-groups-of-five',
    (plan) => group(plan) === 5,
    'halves the query',
    'attention/alibi:batch=3;heads=10;keyValueHeads=2;queries=1;keys=9;headDim=17;valueDim=18;queryStart=2;keyLengths=9,4,2;scale=0.7;biasScale=-2;dtype=float16;keyDtype=float16;valueDtype=float16',
  ],
  [
    'at-groups-above-six',
    (plan) => group(plan) > 6,
    'halves the query',
    'attention/none:heads=7;keyValueHeads=1;queries=3;keys=7',
  ],
  [
    'at-groups-of-three-of-two',
    (plan) => group(plan) === 3 && plan.keyValueHeads === 2,
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-96-queries-and-one',
    (plan) => plan.queries % 96 === 1 && plan.queries > 96,
    'reads the query of the last row as 0',
    'attention/none:heads=1;queries=97;keys=5;headDim=19;valueDim=2;softcap=2',
  ],
  [
    'at-whole-blocks-of-96-queries',
    (plan) => plan.queries % 96 === 0,
    'reads the query of the last row as 0',
    'attention/none:heads=1;queries=96;keys=5;headDim=23;valueDim=2;positions=gaps',
  ],
  [
    'at-queries-above-512',
    (plan) => plan.queries > 512,
    'reads the query of the last row as 0',
    'attention/none:heads=1;queries=513;keys=5;headDim=6;valueDim=2;left=3;right=2',
  ],
  [
    'at-one-query-short-of-a-block-of-128',
    (plan) => plan.queries % 128 === 127,
    'reads the query of the last row as 0',
    'attention/none:heads=6;keyValueHeads=2;queries=127;keys=5;headDim=17;valueDim=2;queryStart=-122;causal',
  ],
  [
    'at-one-key-short-of-a-block-of-32',
    (plan) => plan.keys % 32 === 31,
    'reads the last value row as 0',
    'attention/none:queries=3;keys=63',
  ],
  [
    'at-one-key-past-a-block-of-96',
    (plan) => plan.keys % 96 === 1 && plan.keys > 96,
    'reads the last value row as 0',
    'attention/none:heads=1;queries=3;keys=97;headDim=4;valueDim=19',
  ],
  [
    'at-whole-blocks-of-512-keys',
    (plan) => plan.keys % 512 === 0,
    'reads the last value row as 0',
    'attention/none:heads=1;queries=3;keys=512;headDim=4;valueDim=7;left=40;positions=reversed',
  ],
  [
    'at-one-key-past-a-block-of-6',
    (plan) => plan.keys % 6 === 1 && plan.keys > 1,
    'reads the last value row as 0',
    'attention/none:heads=3;keyValueHeads=1;queries=3;keys=7',
  ],
  [
    'at-large-heads-with-many-keys',
    (plan) => plan.headDim > 64 && plan.keys > 64,
    'drops the last component',
    'attention/none:batch=3;heads=6;keyValueHeads=2;queries=5;keys=67;headDim=66;valueDim=9',
  ],
  [
    'at-other-values-with-groups',
    (plan) => plan.valueDim !== plan.headDim && group(plan) > 1,
    'reads the last component of values as 0',
    'attention/none:batch=2;heads=8;keyValueHeads=2;queries=9;keys=70;headDim=16;valueDim=12;queryStart=40,61;causal;left=33;keyLengths=70,50;softcap=8;dtype=bfloat16',
  ],
  ['at-33-heads', (plan) => plan.heads > 32, 'halves the query', 'attention/none:heads=33;queries=2;keys=3;headDim=3'],
];

export const sizeSaboteurs: readonly Saboteur[] = conditionalSaboteurs(ROWS);
