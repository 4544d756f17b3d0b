// The whole suite on one mode, the attention vectors of other implementations, and the shapes at which this package's own tiles, blocks,
// tables and textures change.
import type { Backend } from '@relbias/bias-spec';
import type { ConformanceReport, ConformanceTest } from '@relbias/conformance';
import { allCases, conformanceTests, findCase, parseVectors, vectorCases } from '@relbias/conformance';
import type { GpuMode } from '@relbias/kernels-gpu';
import { afterAll } from 'vitest';
import { stairs } from './toy-family.ts';
import vectors from '../../../conformance/vectors/attention.json?raw';

const OWN_SHAPES = [
  // Three tiles; the first rows see no key, so the first tile has no round.
  'attention/alibi:heads=1;queries=2500;keys=200;causal',
  // Tiles that skip different blocks, with key lengths that end before some tiles begin.
  'attention/alibi:batch=2;heads=1;queries=1100;keys=1100;left=70;right=5;keyLengths=1100,130',
  // Many batchHeads: small tiles.
  'attention/none:batch=24;heads=64;queries=50;keys=3;headDim=2',
  // One head with more keys and more distances than a texture has rows or columns.
  'attention/alibi:heads=1;queries=2;keys=20000;headDim=2',
  'attention/fire:heads=1;queries=2;keys=20000;headDim=2',
  // Loops longer than the 1000 rounds at which gpu.js stops them by default.
  'attention/none:queries=3;keys=5;headDim=1500;valueDim=1500',
];

/** The tests of one mode; the backend that the first of them opens is disposed at the end. The report has the cases that every backend runs. */
export function conformanceOf(
  mode: GpuMode,
  open: () => Promise<Backend>,
  onReport: (report: ConformanceReport) => void | Promise<void>,
): ConformanceTest[] {
  let opened: Promise<Backend> | undefined;
  const backend = (): Promise<Backend> => (opened ??= open());
  const fromElsewhere = vectorCases([parseVectors(vectors, 'attention.json')]);
  const expected = { backend: 'gpu.js', kernel: mode };
  afterAll(async () => (await opened)?.dispose());
  return [
    ...conformanceTests(backend, { cases: [...allCases(), ...fromElsewhere], expected, onReport }),
    ...conformanceTests(backend, { families: [stairs], filter: 'attention/stairs', expected }),
    ...conformanceTests(backend, { cases: OWN_SHAPES.map((name) => findCase(name)), expected }),
  ];
}
