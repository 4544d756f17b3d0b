// All contenders. A contender with a library has a file of its own, which loads the library in `prepare`.
import type { Contender } from '../contender.ts';
import { caches } from './cache.ts';
import { jaxJs } from './jax-js.ts';
import { cpuKernels } from './kernels-cpu.ts';
import { onnxRuntime } from './onnxruntime.ts';
import { plainLoop } from './plain-loop.ts';
import { tfjs } from './tfjs.ts';

export const contenders: readonly Contender[] = [plainLoop, ...cpuKernels, ...caches, ...onnxRuntime, ...tfjs, ...jaxJs];
