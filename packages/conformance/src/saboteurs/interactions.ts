// Saboteurs that are wrong only when two factors occur together: masks with other masks, with positions or scores, and tensors of different
// dtypes.
import type { Row } from './conditional.ts';
import { causal, conditionalSaboteurs, dtypeOf, group, padded, placed, segmented, windowed } from './conditional.ts';
import type { Saboteur } from './saboteur.ts';

const ROWS: readonly Row[] = [
  [
    'at-causal-windows-with-positions',
    (plan) => causal(plan) && windowed(plan) && placed(plan),
    'halves the query',
    'attention/alibi:batch=3;heads=4;keyValueHeads=1;queries=13;keys=7;headDim=5;valueDim=3;causal;left=3;keyLengths=7,2,1;softcap=2;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-segments-with-padding',
    (plan) => segmented(plan) && padded(plan),
    'halves the query',
    'attention/none:batch=3;heads=6;keyValueHeads=2;queries=5;keys=19;headDim=7;queryStart=2;causal;left=4;right=2;keyLengths=19,14,12;segments=packed;convention=before-scaling;biasScale=-2;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-causal-segments',
    (plan) => causal(plan) && segmented(plan),
    'halves the query',
    'attention/alibi:batch=2;heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=2;causal;right=1;segments=padding;scale=0.7;biasScale=0.3;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-windows-with-segments',
    (plan) => windowed(plan) && segmented(plan),
    'halves the query',
    'attention/none:batch=3;heads=6;keyValueHeads=2;queries=5;keys=19;headDim=7;queryStart=2;causal;left=4;right=2;keyLengths=19,14,12;segments=packed;convention=before-scaling;biasScale=-2;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-windows-with-padding',
    (plan) => windowed(plan) && padded(plan),
    'halves the query',
    'attention/none:batch=2;heads=8;keyValueHeads=2;queries=9;keys=70;headDim=16;valueDim=12;queryStart=40,61;causal;left=33;keyLengths=70,50;softcap=8;dtype=bfloat16',
  ],
  [
    'at-padding-with-positions',
    (plan) => padded(plan) && placed(plan),
    'halves the query',
    'attention/alibi:batch=3;heads=6;keyValueHeads=3;queries=11;keys=11;valueDim=13;left=4;right=2;keyLengths=11,6,4;softcap=3;scale=0.4;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=bfloat16;valueDtype=float32',
  ],
  [
    'at-segments-with-positions',
    (plan) => segmented(plan) && placed(plan),
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-a-softcap-with-segments',
    (plan) => plan.softcap > 0 && segmented(plan),
    'halves the query',
    'attention/alibi:batch=2;heads=4;keyValueHeads=1;queries=11;keys=11;headDim=10;valueDim=13;queryStart=2;causal;segments=padding;softcap=2;biasScale=0.3;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-a-softcap-with-positions',
    (plan) => plan.softcap > 0 && placed(plan),
    'halves the query',
    'attention/alibi:heads=6;keyValueHeads=2;queries=1;keys=9;valueDim=18;softcap=2;biasScale=0.3;positions=duplicates;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-a-softcap-with-a-negative-bias',
    (plan) => plan.softcap > 0 && plan.biasScale < 0,
    'halves the query',
    'attention/alibi:batch=3;heads=6;keyValueHeads=3;queries=11;keys=11;valueDim=13;left=4;right=2;keyLengths=11,6,4;softcap=3;scale=0.4;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=bfloat16;valueDtype=float32',
  ],
  [
    'at-a-softcap-with-groups',
    (plan) => plan.softcap > 0 && group(plan) > 1,
    'halves the query',
    'attention/none:batch=2;heads=8;keyValueHeads=2;queries=9;keys=70;headDim=16;valueDim=12;queryStart=40,61;causal;left=33;keyLengths=70,50;softcap=8;dtype=bfloat16',
  ],
  [
    'at-a-negative-bias-in-a-window',
    (plan) => plan.biasScale < 0 && windowed(plan),
    'halves the query',
    'attention/alibi:heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11;left=3;biasScale=-2;keyDtype=float16;valueDtype=float32',
  ],
  [
    'at-a-negative-bias-with-positions',
    (plan) => plan.biasScale < 0 && placed(plan),
    'halves the query',
    'attention/alibi:batch=3;heads=6;keyValueHeads=3;queries=1;keys=9;valueDim=18;right=1;segments=packed;biasScale=-2;positions=rows;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-causal-positions-with-a-softcap',
    (plan) => causal(plan) && placed(plan) && plan.softcap > 0,
    'halves the query',
    'attention/alibi:batch=3;heads=4;keyValueHeads=1;queries=13;keys=7;headDim=5;valueDim=3;causal;left=3;keyLengths=7,2,1;softcap=2;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-groups-with-padding',
    (plan) => group(plan) > 1 && padded(plan),
    'halves the query',
    'attention/none:batch=2;heads=8;keyValueHeads=2;queries=9;keys=70;headDim=16;valueDim=12;queryStart=40,61;causal;left=33;keyLengths=70,50;softcap=8;dtype=bfloat16',
  ],
  [
    'at-groups-with-segments',
    (plan) => group(plan) > 1 && segmented(plan),
    'halves the query',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=1;keys=9;headDim=7;valueDim=18;segments=padding;scale=0.7;biasScale=0.3;positions=rows;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-bfloat16-queries-with-float16-keys',
    (_plan, query, key) => dtypeOf(query) === 'bfloat16' && dtypeOf(key) === 'float16',
    'halves the query',
    'attention/alibi:batch=3;heads=6;keyValueHeads=3;queries=1;keys=9;valueDim=18;right=1;segments=packed;scale=0.7;biasScale=-2;positions=gaps;dtype=bfloat16;keyDtype=float16;valueDtype=float16',
  ],
  [
    'at-bfloat16-queries-with-float32-keys',
    (_plan, query, key) => dtypeOf(query) === 'bfloat16' && dtypeOf(key) === 'float32',
    'halves the query',
    'attention/alibi:batch=3;heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11,7,3;segments=packed;scale=0.7;biasScale=-2;dtype=bfloat16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-float16-queries-with-bfloat16-keys',
    (_plan, query, key) => dtypeOf(query) === 'float16' && dtypeOf(key) === 'bfloat16',
    'halves the query',
    'attention/alibi:batch=2;heads=4;keyValueHeads=1;queries=11;keys=11;headDim=10;valueDim=13;queryStart=2;causal;segments=padding;softcap=2;biasScale=0.3;dtype=float16;keyDtype=bfloat16;valueDtype=float16',
  ],
  [
    'at-float16-queries-with-float32-keys',
    (_plan, query, key) => dtypeOf(query) === 'float16' && dtypeOf(key) === 'float32',
    'halves the query',
    'attention/alibi:heads=4;keyValueHeads=1;queries=13;keys=7;headDim=10;valueDim=3;queryStart=-3;dtype=float16;keyDtype=float32;valueDtype=bfloat16',
  ],
  [
    'at-float32-queries-with-bfloat16-keys',
    (_plan, query, key) => dtypeOf(query) === 'float32' && dtypeOf(key) === 'bfloat16',
    'halves the query',
    'attention/alibi:heads=6;keyValueHeads=3;queries=1;keys=9;queryStart=2;causal;left=3;segments=packed;softcap=3;scale=0.4;keyDtype=bfloat16;valueDtype=bfloat16',
  ],
  [
    'at-float32-queries-with-float16-keys',
    (_plan, query, key) => dtypeOf(query) === 'float32' && dtypeOf(key) === 'float16',
    'halves the query',
    'attention/alibi:heads=3;queries=1;keys=9;headDim=5;valueDim=18;queryStart=11;left=3;biasScale=-2;keyDtype=float16;valueDtype=float32',
  ],
  [
    'at-half-values-alone',
    (_plan, query, key, value) => dtypeOf(value) !== 'float32' && dtypeOf(query) === 'float32' && dtypeOf(key) === 'float32',
    'reads the last component of values as 0',
    'attention/alibi:heads=6;keyValueHeads=2;queries=1;keys=9;valueDim=18;softcap=2;biasScale=0.3;positions=duplicates;keyDtype=float32;valueDtype=float16',
  ],
  [
    'at-float32-values-beside-halves',
    (_plan, query, key, value) => dtypeOf(value) === 'float32' && dtypeOf(query) !== 'float32' && dtypeOf(key) !== 'float32',
    'reads the last component of values as 0',
    'attention/alibi:batch=2;heads=6;keyValueHeads=2;queries=5;keys=19;headDim=5;valueDim=13;queryStart=2;left=3;keyLengths=19,14;segments=padding;convention=scaled-bias;biasScale=0.3;dtype=bfloat16;keyDtype=float16;valueDtype=float32',
  ],
];

export const interactionSaboteurs: readonly Saboteur[] = conditionalSaboteurs(ROWS);
