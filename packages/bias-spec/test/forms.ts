// Reading lowered forms in tests, as their documentation in bias.ts says and in the precision of their own arrays.
import type { LoweredBias, RowScaledForm, ToeplitzForm } from '../src/index.ts';
import { rowScaledValue } from '../src/index.ts';

type Numbers = Float64Array | Float32Array;

export function readForm(form: LoweredBias<Numbers>, head: number, row: number, distance: number): number {
  switch (form.form) {
    case 'none':
      return 0;
    case 'toeplitz':
      return form.values[head * (form.maxDistance - form.minDistance + 1) + distance - form.minDistance];
    case 'row-scaled': {
      const x = form.features[distance - form.minDistance] * form.rowScales[row];
      const piece = head * (form.breaks.length + 1) + [...form.breaks].filter((one) => one < x).length;
      return form.slopes[piece] * x + form.intercepts[piece];
    }
    default:
      return form satisfies never;
  }
}

/** As kernels of the fast profile read a form: in float32, one operation after the other. */
export function readFloat32(form: LoweredBias, head: number, row: number, distance: number): number {
  return form.form === 'row-scaled' ? rowScaledValue(form, head, row, distance) : readForm(form, head, row, distance);
}

export function asToeplitz<A extends Numbers>(form: LoweredBias<A>): ToeplitzForm<A> {
  if (form.form === 'toeplitz') return form;
  throw new Error(`The form is ${form.form}, not toeplitz.`);
}

export function asRowScaled<A extends Numbers>(form: LoweredBias<A>): RowScaledForm<A> {
  if (form.form === 'row-scaled') return form;
  throw new Error(`The form is ${form.form}, not row-scaled.`);
}
