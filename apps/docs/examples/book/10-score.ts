import { planAttention, t5, t5Bucket } from '@relbias/bias-spec';
import { oracle } from '@relbias/bias-spec/oracle';

export const question = 'How is one T5 attention score computed?';

const query = [1, 0, 2, 1];
const key = [0.5, 1, 1, -1];
const distance = 10;
const table = Array.from({ length: 32 }, (_, bucket) => -bucket / 8);
const bias = t5({ heads: 1, bidirectional: false, table });

const bucket = t5Bucket({ bidirectional: false })(distance);
const content = query.reduce((sum, one, c) => sum + one * (key[c] ?? 0), 0);
const score = content + bias.value(0, distance, distance); // T5 does not scale

// The same from the oracle: with one key the log-sum-exp is the score.
const plan = planAttention({
  heads: 1,
  queries: 1,
  keys: 1,
  headDim: 4,
  bias,
  queryStart: distance,
});
const check = oracle(plan, query, key, [0, 0, 0, 0]).logSumExp[0];

export const says = `q·k = ${content}. Distance ${distance} is in bucket ${bucket}, whose bias here is ${bias.value(0, distance, distance)}. Score = ${content} + (${bias.value(0, distance, distance)}) = ${score}, with no division by sqrt(d). The float64 oracle gives ${check}.`;
