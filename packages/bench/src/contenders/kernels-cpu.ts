// The CPU kernels of this repository, as users call them: prepared once, then run.
import type { AttentionProblem, TensorLike } from '@relbias/bias-spec';
import { numberToBfloat16, numberToFloat16, planAttention, shapesOf } from '@relbias/bias-spec';
import type { CpuBackendOptions, PreparedCpuAttention } from '@relbias/kernels-cpu';
import { createCpuBackend } from '@relbias/kernels-cpu';
import type { BenchCase } from '../cases.ts';
import type { Contender, Prepared } from '../contender.ts';
import { OURS, ranOnOf } from './ours.ts';

interface Way {
  readonly name: string;
  readonly options: CpuBackendOptions;
  /** Default: any. */
  readonly maxTokens?: number;
  /** What the problem says beyond the case. */
  readonly problem?: Partial<AttentionProblem>;
  /** The inputs in the form that this contender takes; default: bare float32 arrays. */
  inputs?(benchCase: BenchCase, prepared: PreparedCpuAttention): readonly [TensorLike, TensorLike, TensorLike];
}

/** A whole call. Its output is a new array or, for inputs in the kernel's memory, the kernel's array. */
function called({ name, options, maxTokens = Infinity, problem, inputs }: Way): Contender {
  return {
    ...OURS,
    name,
    maxTokens,
    async prepare(benchCase): Promise<Prepared> {
      const backend = await createCpuBackend(options);
      const prepared = await backend.prepare({ ...benchCase.problem, ...problem });
      const [query, key, value] = inputs?.(benchCase, prepared) ?? [benchCase.query, benchCase.key, benchCase.value];
      let { ranOn } = backend;
      return {
        async run() {
          const result = await prepared.run(query, key, value);
          ({ ranOn } = result);
          return result.output.data;
        },
        ranOn: () => ranOnOf(ranOn),
      };
    },
  };
}

/** The inputs as bits of half precision, which hold the numbers of every case exactly. */
function half(dtype: 'float16' | 'bfloat16'): Way['inputs'] {
  const bits = dtype === 'float16' ? numberToFloat16 : numberToBfloat16;
  return ({ problem, query, key, value }) => {
    const shapes = shapesOf(planAttention(problem));
    const tensor = (data: Float32Array, shape: readonly number[]): TensorLike => ({
      data: Uint16Array.from(data, bits),
      shape,
      dtype,
    });
    return [tensor(query, shapes.query), tensor(key, shapes.key), tensor(value, shapes.value)];
  };
}

/** The inputs in the kernel's own memory: a run copies nothing. */
const inPlace: Way['inputs'] = (benchCase, prepared) => {
  const { query, key, value } = prepared.allocate();
  query.data.set(benchCase.query);
  key.data.set(benchCase.key);
  value.data.set(benchCase.value);
  return [query, key, value];
};

/** The same bits on every backend. */
const REPRODUCIBLE = { numerics: 'reproducible' } as const;

const ways: readonly Way[] = [
  // To be read rather than waited for.
  { name: 'relbias naive', options: { kernel: 'naive' }, maxTokens: 512 },
  { name: 'relbias online', options: { kernel: 'online' }, maxTokens: 512 },
  { name: 'relbias online reproducible', options: { kernel: 'online' }, maxTokens: 512, problem: REPRODUCIBLE },
  // Without a flag of any kind: what most people will run.
  { name: 'relbias wasm', options: {} },
  { name: 'relbias wasm in place', options: {}, inputs: inPlace },
  { name: 'relbias wasm revectorized', options: { revectorize: true } },
  { name: 'relbias wasm revectorized in place', options: { revectorize: true }, inputs: inPlace },
  { name: 'relbias wasm 2 threads', options: { threads: 2 } },
  { name: 'relbias wasm 2 threads revectorized', options: { threads: 2, revectorize: true } },
  { name: 'relbias wasm simd', options: { variant: 'simd' } },
  { name: 'relbias wasm madd', options: { variant: 'madd' } },
  { name: 'relbias wasm float16', options: {}, inputs: half('float16') },
  { name: 'relbias wasm bfloat16', options: {}, inputs: half('bfloat16') },
  ...(['simd', 'madd'] as const).flatMap((variant): Way[] => [
    { name: `relbias wasm ${variant} reproducible`, options: { variant }, problem: REPRODUCIBLE },
    {
      name: `relbias wasm ${variant} reproducible bfloat16`,
      options: { variant },
      problem: REPRODUCIBLE,
      inputs: half('bfloat16'),
    },
    {
      name: `relbias wasm ${variant} reproducible float16`,
      options: { variant },
      problem: REPRODUCIBLE,
      inputs: half('float16'),
    },
  ]),
];

export const cpuKernels: readonly Contender[] = ways.map(called);
