// The lab's settings and what each takes.
import { CONVENTIONS, builtinFamilies } from '@relbias/bias-spec';
import type { BackendName } from 'relbias';
import { choice, decimal, flag, integer, text } from '../fields/settings.ts';
import type { Fields } from '../fields/use-fields.ts';

/** The largest distance that the library accepts. */
const LIMIT = 2 ** 24;

export const BACKENDS: Readonly<Partial<Record<BackendName, string>>> = {
  'cpu:wasm': 'CPU, WebAssembly',
  'cpu:naive': 'CPU, plain TypeScript',
  'gpu:webgl2': 'GPU, gpu.js on WebGL 2',
  'gpu:webgpu': 'GPU, gpu.js on WebGPU',
};

export const labSettings = {
  bias: choice(
    'alibi',
    builtinFamilies.map(({ name }) => name),
  ),
  variant: text(''),
  settings: text(''),
  heads: integer(4, 1, 32),
  head: integer(0, 0, 31),
  tokens: integer(24, 1, 256),
  dim: integer(16, 1, 256),
  seed: integer(1, 0, 1_000_000),
  convention: choice('', ['', ...CONVENTIONS]),
  causal: flag(true),
  left: integer(-1, -1, LIMIT),
  right: integer(-1, -1, LIMIT),
  keyLength: integer(0, 0, 256),
  packed: text(''),
  softcap: decimal(0, 0, 1_000_000),
  backend: choice('cpu:wasm', Object.keys(BACKENDS) as BackendName[]),
};

export type LabFieldSet = Fields<typeof labSettings>;
