// Correct float32 arithmetic that is as inexact as WebGPU and Vulkan allow: logits carried in base 2, exp off by up to 3 + 2|x| ulp,
// log off by 2^-21 near 1. A budget that it exceeded would fail conforming GPUs.
import type { NaiveBackendOptions } from '@relbias/conformance';

type Steps = NonNullable<NaiveBackendOptions['steps']>;

export function gpuLikeSteps(): Steps {
  return {
    // One rounding for the change of base, one for the way back.
    logit: (content, bias, { softcap }) => {
      const capped = softcap === 0 ? content : Math.fround(softcap * Math.fround(Math.tanh(Math.fround(content / softcap))));
      const base2 = Math.fround(Math.fround(capped * Math.LOG2E) + Math.fround(bias * Math.LOG2E));
      return base2 * Math.LN2;
    },
    weight: (exp) => {
      const ulps = 3 + 2 * Math.abs(Math.log(exp));
      return exp === 0 ? 0 : Math.fround(exp * (1 + ulps * 2 ** -23 * signOf(exp)));
    },
    log: (sum) => Math.log(sum) + 2 ** -21 * signOf(sum),
  };
}

/** A sign that looks random and is the same every time: the lowest bit of the float32. */
function signOf(value: number): number {
  return new Uint32Array(Float32Array.of(value).buffer)[0] & 1 ? 1 : -1;
}
