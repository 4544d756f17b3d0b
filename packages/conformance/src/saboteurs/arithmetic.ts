// Saboteurs of the arithmetic: overflow, a wrong order, a wrong base, less precision than claimed, or more.
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16 } from '@relbias/bias-spec';
import { naiveBackend } from '../naive-backend.ts';
import { softcapped } from '../naive32.ts';
import type { Saboteur } from './saboteur.ts';

export const arithmeticSaboteurs: readonly Saboteur[] = [
  {
    name: 'no-max-subtraction',
    what: 'exp of the logit itself, which overflows from 89 on',
    backend: () => naiveBackend({ steps: { shift: () => 0 } }),
    caughtBy: 'attention/none:magnitude=1000',
    passes: 'attention/none',
  },
  {
    name: 'interleaved-key-value-heads',
    what: 'query head h reads key/value head h mod their number, instead of its group',
    backend: () => naiveBackend({ steps: { keyValueHead: ({ keyValueHeads }, h) => h % keyValueHeads } }),
    caughtBy: 'attention/none:heads=8;keyValueHeads=2',
    passes: 'attention/none:heads=6;keyValueHeads=1',
  },
  {
    name: 'softcap-after-the-bias',
    what: 'the softcap is applied to the sum of content and bias',
    backend: () => naiveBackend({ steps: { logit: (content, bias, { softcap }) => softcapped(content + bias, softcap) } }),
    caughtBy: 'attention/alibi:softcap=5',
    passes: 'attention/none:softcap=5',
  },
  {
    name: 'ignores-softcap',
    what: 'the softcap is not applied',
    backend: () => naiveBackend({ problem: (problem) => ({ ...problem, softcap: undefined }) }),
    caughtBy: 'attention/none:softcap=5',
    passes: 'attention/none',
  },
  {
    name: 'ignores-scale',
    what: 'the scale is always 1/sqrt(headDim), not that of the problem',
    backend: () => naiveBackend({ problem: (problem) => ({ ...problem, scale: undefined }) }),
    caughtBy: 'attention/none:scale=0.3',
    passes: 'attention/none',
  },
  {
    name: 'log-sum-exp-in-base-2',
    what: 'log2 in place of the natural logarithm',
    backend: () => naiveBackend({ steps: { log: Math.log2 } }),
    caughtBy: 'attention/none',
    passes: 'attention/none:keys=1',
  },
  {
    name: 'float16-read-as-bfloat16',
    what: 'float16 bits are read as bfloat16, and the other way round',
    backend: () =>
      naiveBackend({
        read: (_plan, { raw, widened }) => {
          const { dtype, data } = raw.query;
          return dtype === 'bfloat16' ? { ...widened(), query: Float32Array.from(data, float16ToNumber) } : widened();
        },
      }),
    caughtBy: 'attention/none:dtype=bfloat16',
    passes: 'attention/none:dtype=float16',
  },
  {
    name: 'weights-in-bfloat16',
    what: 'the weights are rounded to bfloat16 before the product with the values, as other fused kernels do',
    backend: () => naiveBackend({ steps: { weight: (exp) => bfloat16ToNumber(numberToBfloat16(exp)) } }),
    caughtBy: 'attention/none',
    passes: 'attention/none:keys=1',
  },
  {
    name: 'ten-bit-products',
    what: 'matrix units that keep 10 bits of the mantissa (TF32), claimed to be float32',
    backend: () => naiveBackend({ steps: { round: tenBits } }),
    caughtBy: 'attention/none',
    passes: 'attention/none:data=zeros;keys=1',
  },
  {
    name: 'cpu-in-a-gpu-mask',
    what: 'a CPU that computes in float64 and claims to be a GPU',
    backend: () =>
      naiveBackend({
        ranOn: { backend: 'gpu.js', kernel: 'webgpu', device: 'a GPU', arithmetic: 'float32' },
        steps: { round: (value) => value },
      }),
    caughtBy: 'claims/arithmetic',
    passes: 'attention/none',
  },
  {
    name: 'modest-about-its-arithmetic',
    what: 'float32 arithmetic, claimed to be float64',
    backend: () => naiveBackend({ ranOn: { arithmetic: 'float64' } }),
    caughtBy: 'claims/arithmetic',
    passes: 'attention/none',
  },
];

/** The mantissa of TF32. */
function tenBits(value: number): number {
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10);
  return value === 0 || !Number.isFinite(value) ? value : Math.round(value / step) * step;
}
