// The reproducible profile on one mode, judged by bits.
import type { Backend } from '@relbias/bias-spec';
import type { ConformanceTest } from '@relbias/conformance';
import { bitsCases, conformanceTests } from '@relbias/conformance';
import type { GpuMode } from '@relbias/kernels-gpu';
import { afterAll } from 'vitest';

export function bitsOf(mode: GpuMode, open: () => Promise<Backend>): ConformanceTest[] {
  let opened: Promise<Backend> | undefined;
  afterAll(async () => (await opened)?.dispose());
  return conformanceTests(() => (opened ??= open()), { cases: bitsCases(), expected: { backend: 'gpu.js', kernel: mode } });
}
