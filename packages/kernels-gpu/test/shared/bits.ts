// The reproducible profile on one mode, compared bit by bit: the suite's cases, independent vectors, and the shapes at which this package's tiles,
// tables and textures change.
import type { Backend } from '@relbias/bias-spec';
import type { BitsDemonstration, ConformanceReport, ConformanceTest } from '@relbias/conformance';
import { bitsCases, conformanceTests, demonstrateBits, findCase, parseVectors, vectorCases } from '@relbias/conformance';
import type { GpuMode } from '@relbias/kernels-gpu';
import { afterAll } from 'vitest';
import { ramps } from './toy-family.ts';
import vectors from '../../../conformance/vectors/reproducible.json?raw';

const OWN_SHAPES = [
  // Two tiles of queries; the first rows see no key.
  'bits/alibi:heads=1;queries=1100;keys=70;causal;dtype=bfloat16',
  // The same with a bias that the host computes for each tile and block, because most rows of both tiles have different scales, and key
  // lengths that end in the first block.
  'bits/fire.past-threshold:batch=2;heads=1;queries=1100;keys=70;queryStart=-960;causal;keyLengths=70,3',
  // Several blocks of such a bias, for grouped heads and batch rows at different positions.
  'bits/fire.past-threshold-signed:batch=2;heads=4;keyValueHeads=2;queries=3;keys=1100;queryStart=1097,14;biasScale=-0.7;dtype=float16',
  // More keys and more distances than a texture has rows or columns.
  'bits/alibi:heads=1;queries=2;keys=20000;headDim=2',
  // Loops longer than the 1000 rounds at which gpu.js stops them by default.
  'bits/none:queries=3;keys=5;headDim=700;valueDim=1100',
];

/** A family defined in the tests, whose rows have different scales. */
const OF_RAMPS = [
  'bits/ramps:batch=2;queries=5;keys=300;positions=rows;dtype=bfloat16',
  'bits/ramps:heads=3;queries=9;keys=130;causal;biasScale=1.7',
  'bits/split/batch/ramps:batch=3;queries=2;keys=70;queryStart=5,60,9',
];

/** The tests of one mode. All use the backend that the first of them opens. The report has the cases that every backend runs. */
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
    ...conformanceTests(backend, {
      cases: [...OWN_SHAPES.map((name) => findCase(name)), ...OF_RAMPS.map((name) => findCase(name, [ramps]))],
      expected,
    }),
  ];
}
