// The cases that check the claims of a backend: its name and kernel, its precision, and its gradients.
import type { AttentionProblem, Backend, RanOn } from '@relbias/bias-spec';
import { printable, show } from '@relbias/bias-spec/backend';
import { WITNESS } from './budgets.ts';
import type { Case } from './case.ts';
import { judgeGradient } from './gradient.ts';
import type { Verdict } from './result.ts';
import { PASS, fail } from './result.ts';

export const claimCases: readonly Case[] = [
  {
    name: 'claims/ran-on',
    family: 'claims',
    judge: async ({ ranOn }, { expected }) => {
      for (const name of ['backend', 'kernel', 'device'] as const) {
        const given: unknown = ranOn[name];
        if (typeof given !== 'string' || given === '') return fail(`ranOn.${name}: got ${show(given)}, want a name.`);
        if (given !== printable(given)) {
          return fail(`ranOn.${name}: got ${printable(given)}, want a short name without control characters.`);
        }
        if (expected !== undefined && name !== 'device' && ranOn[name] !== expected[name]) {
          return fail(`ranOn.${name}: got ${ranOn[name]}, want ${expected[name]}, as expected.`);
        }
      }
      return PASS;
    },
  },
  { name: 'claims/arithmetic', family: 'claims', judge: judgeArithmetic },
  { name: 'claims/gradient', family: 'claims', judge: judgeGradient },
];

/**
 * The float32 witness. One query [4096, a] against the keys [4096, 1] and [4096, 0] with scale 1: the products are exact, the logits
 * 2^24 + a and 2^24. In float64 the first key gets the weight 1/(1 + exp(-a)). In float32 no number lies between 2^24 and 2^24 + 2,
 * whatever the order of the sum and whether or not it is fused, so for a = 1/2 and 3/4 the logits come out equal or 2 apart (in base
 * e or, where a kernel folds log2(e) into the query, in base 2), and the weight is 0.5, 0.8 or 0.88: never the 0.622 and 0.679 of float64.
 */
const WITNESSES: readonly number[] = [0.5, 0.75];

async function judgeArithmetic(backend: Backend): Promise<Verdict> {
  const seen: { got: number; want: number }[] = [];
  for (const step of WITNESSES) {
    seen.push({ got: await firstWeight(backend, step), want: 1 / (1 + Math.exp(-step)) });
  }
  const shown = provenArithmetic(seen);
  const numbers = seen.map(({ got, want }) => `${got} where float64 gives ${want}`).join(', ');
  const { arithmetic } = backend.ranOn;
  return shown === arithmetic
    ? PASS
    : fail(`ranOn.arithmetic: got ${show(arithmetic)}, want ${show(shown)}, as the witness shows: ${numbers}.`);
}

function provenArithmetic(seen: readonly { got: number; want: number }[]): RanOn['arithmetic'] | 'neither' {
  const errors = seen.map(({ got, want }) => Math.abs(got - want));
  if (errors.every((one) => one < WITNESS.float64)) return 'float64';
  // NaN, or a number outside 0 to 1, is no weight and proves nothing.
  const weights = seen.every(({ got }) => got >= 0 && got <= 1);
  return weights && errors.every((one) => one > WITNESS.float32) ? 'float32' : 'neither';
}

async function firstWeight(backend: Backend, step: number): Promise<number> {
  const problem: AttentionProblem = { heads: 1, queries: 1, keys: 2, headDim: 2, valueDim: 1, scale: 1 };
  const prepared = await backend.prepare(problem);
  try {
    const { output } = await prepared.run(Float32Array.of(4096, step), Float32Array.of(4096, 1, 4096, 0), Float32Array.of(1, 0));
    return output.data[0];
  } finally {
    prepared.dispose();
  }
}
