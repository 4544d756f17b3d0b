// The parts of the saboteurs of sizes.ts and interactions.ts: the condition under which they are wrong, and the fault. Kernels fail in similar
// ways under all of these conditions.
import type { AttentionPlan } from '@relbias/bias-spec';
import type { Inputs, RawTensor } from '@relbias/bias-spec/backend';
import type { NaiveBackendOptions } from '../naive-backend.ts';
import { naiveBackend } from '../naive-backend.ts';
import type { Saboteur } from './saboteur.ts';

type Wrong =
  | 'drops the last component'
  | 'reads the last component of values as 0'
  | 'halves the query'
  | 'reads the last value row as 0'
  | 'reads the query of the last row as 0'
  | 'reads the keys of the last batch row as 0';

/** The faults: the last component of q.k is lost, the last key, the last component of the value, or heads are swapped. */
const WRONG: Readonly<Record<Wrong, (plan: AttentionPlan, inputs: Inputs) => Inputs>> = {
  'drops the last component': (plan, inputs) => ({ ...inputs, query: zeroed(inputs.query, plan.headDim) }),
  'reads the last component of values as 0': (plan, inputs) => ({ ...inputs, value: zeroed(inputs.value, plan.valueDim) }),
  'halves the query': (_plan, inputs) => ({ ...inputs, query: inputs.query.map((one) => one / 2) }),
  'reads the last value row as 0': (plan, inputs) => ({
    ...inputs,
    value: inputs.value.map((one, index) => (Math.floor(index / plan.valueDim) % plan.keys === plan.keys - 1 ? 0 : one)),
  }),
  'reads the query of the last row as 0': (plan, inputs) => ({
    ...inputs,
    query: inputs.query.map((one, index) => (Math.floor(index / plan.headDim) % plan.queries === plan.queries - 1 ? 0 : one)),
  }),
  'reads the keys of the last batch row as 0': (plan, inputs) => ({
    ...inputs,
    key: inputs.key.map((one, index, all) => (index >= (all.length / plan.batch) * (plan.batch - 1) ? 0 : one)),
  }),
};

type When = (plan: AttentionPlan, query: RawTensor, key: RawTensor, value: RawTensor) => boolean;

/** Sets the last number of every row of this width to 0. */
function zeroed(data: Float32Array, width: number): Float32Array {
  return data.map((one, index) => (index % width === width - 1 ? 0 : one));
}

function wrongWhen(wrong: Wrong, when: When): NaiveBackendOptions['read'] {
  return (plan, { raw, widened }) => {
    const inputs = widened();
    return when(plan, raw.query, raw.key, raw.value) ? WRONG[wrong](plan, inputs) : inputs;
  };
}

export const causal = ({ mask }: AttentionPlan): boolean => mask.minDistance === 0;
export const windowed = ({ mask, keys }: AttentionPlan): boolean => mask.maxDistance < keys;
export const segmented = ({ mask }: AttentionPlan): boolean => mask.querySegments !== null;
export const padded = ({ mask, keys }: AttentionPlan): boolean => mask.keyLengths.some((length) => length < keys);
export const placed = ({ positions }: AttentionPlan): boolean => positions.queryStart === null;
export const group = ({ heads, keyValueHeads }: AttentionPlan): number => heads / keyValueHeads;
export const dtypeOf = ({ dtype }: RawTensor): string => dtype;

/** [name, the condition, the fault, the case that catches it]; all pass the control shape. */
export type Row = readonly [name: string, when: When, wrong: Wrong, caughtBy: string];

/** One saboteur for each row. */
export function conditionalSaboteurs(rows: readonly Row[]): Saboteur[] {
  return rows.map(([name, when, wrong, caughtBy]) => ({
    name,
    what: `${wrong}, only ${name.replaceAll('-', ' ')}`,
    backend: () => naiveBackend({ read: wrongWhen(wrong, when) }),
    caughtBy,
    passes: 'attention/none',
  }));
}
