// The reproducible profile on one mode, judged by bits: the suite's cases, vectors of independent origin, and the shapes at which this
// package's own tiles, tables and textures change.
import type { Backend } from '@relbias/bias-spec';
import type { BitsDemonstration, ConformanceReport, ConformanceTest } from '@relbias/conformance';
import { bitsCases, conformanceTests, demonstrateBits, findCase, parseVectors, vectorCases } from '@relbias/conformance';
import type { GpuMode } from '@relbias/kernels-gpu';
import { afterAll } from 'vitest';
import vectors from '../../../conformance/vectors/reproducible.json?raw';

const OWN_SHAPES = [
  // Two tiles of queries; the first rows see nothing.
  'bits/alibi:heads=1;queries=1100;keys=70;causal;dtype=bfloat16',
  // The same with a bias that the host computes for each tile and block, and key lengths that end in the first block.
  'bits/fire:batch=2;heads=1;queries=1100;keys=70;queryStart=-1030;keyLengths=70,3;causal',
  // More keys and more distances than a texture has rows or columns.
  'bits/alibi:heads=1;queries=2;keys=20000;headDim=2',
  // Loops longer than the 1000 rounds at which gpu.js stops them by default.
  'bits/none:queries=3;keys=5;headDim=700;valueDim=1100',
];

/** The tests of one mode; the backend that the first of them opens, and its proof, serve them all. The report has what every backend runs. */
export function bitsOf(
  mode: GpuMode,
  open: () => Promise<Backend>,
  onReport: (report: BitsDemonstration & Pick<ConformanceReport, 'bits' | 'versions'>) => void | Promise<void>,
): ConformanceTest[] {
  let opened: Promise<Backend> | undefined;
  const backend = (): Promise<Backend> => (opened ??= open());
  const expected = { backend: 'gpu.js', kernel: mode };
  afterAll(async () => (await opened)?.dispose());
  return [
    ...conformanceTests(backend, {
      cases: [...bitsCases(), ...vectorCases([parseVectors(vectors, 'reproducible.json')])],
      expected,
      onReport: async ({ bits, versions }) => onReport({ ...(await demonstrateBits(await backend())), bits, versions }),
    }),
    ...conformanceTests(backend, { cases: OWN_SHAPES.map((name) => findCase(name)), expected }),
  ];
}
