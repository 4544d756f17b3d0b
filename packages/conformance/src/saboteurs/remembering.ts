// Saboteurs with stale state: something of the problem prepared before, or a tensor of an earlier run.
import type { AttentionProblem } from '@relbias/bias-spec';
import { naiveBackend } from '../naive-backend.ts';
import type { Saboteur } from './saboteur.ts';

/** State that is kept from the problem prepared first and used for others. */
type Kept = (first: AttentionProblem, now: AttentionProblem) => AttentionProblem;

const KEPT: readonly (readonly [name: string, kept: Kept, caughtBy: string])[] = [
  ['keeps-the-mask', (first, now) => (same(first, now) ? { ...now, mask: first.mask } : now), 'memory/mask'],
  ['keeps-the-bias', (first, now) => (same(first, now) ? { ...now, bias: first.bias } : now), 'memory/table'],
  ['keeps-the-scale', (first, now) => (same(first, now) ? { ...now, scale: first.scale } : now), 'memory/scale'],
  [
    'keeps-the-scale-of-the-bias',
    (first, now) => (same(first, now) ? { ...now, biasScale: first.biasScale } : now),
    'memory/bias-scale',
  ],
  ['keeps-the-softcap', (first, now) => (same(first, now) ? { ...now, softcap: first.softcap } : now), 'memory/softcap'],
  [
    'keeps-the-convention',
    (first, now) => (same(first, now) ? { ...now, convention: first.convention } : now),
    'memory/convention',
  ],
  [
    'keeps-the-positions',
    (first, now) => (same(first, now) && now.positions !== undefined ? { ...now, positions: first.positions } : now),
    'memory/row-positions',
  ],
  [
    'keeps-the-start',
    (first, now) => (same(first, now) && now.queryStart !== undefined ? { ...now, queryStart: first.queryStart } : now),
    'memory/start',
  ],
  [
    'keeps-the-key-lengths',
    (first, now) => (same(first, now) ? { ...now, mask: { ...now.mask, keyLengths: first.mask?.keyLengths } } : now),
    'memory/key-lengths',
  ],
  [
    'keeps-the-segments',
    (first, now) => (same(first, now) ? { ...now, mask: { ...now.mask, segments: first.mask?.segments } } : now),
    'memory/segments',
  ],
];

function same(a: AttentionProblem, b: AttentionProblem): boolean {
  return (['batch', 'heads', 'queries', 'keys', 'headDim'] as const).every((size) => a[size] === b[size]);
}

const keptSaboteurs: readonly Saboteur[] = KEPT.map(([name, kept, caughtBy]) => ({
  name,
  what: `${name.replaceAll('-', ' ')} of the problem that was prepared before`,
  backend: () => {
    let before: AttentionProblem | null = null;
    return naiveBackend({
      problem: (problem) => {
        const wrong = before === null ? problem : kept(before, problem);
        before = problem;
        return wrong;
      },
    });
  },
  caughtBy,
  // Its size differs from that of the problem prepared before.
  passes: 'attention/none:keys=1',
}));

/** Tensors kept from an earlier run: while the caller passes the same array, or as long as the prepared problem exists. */
const REUSED = (['query', 'key', 'value'] as const).flatMap((name) =>
  [true, false].map((byIdentity): Saboteur => ({
    name: `keeps-the-${name}-${byIdentity ? 'of-the-same-array' : 'of-the-first-run'}`,
    what: `the ${name} is uploaded once for each ${byIdentity ? 'array, whatever it holds later' : 'prepared problem'}`,
    backend: () => {
      const kept = new WeakMap<object, Float32Array>();
      return naiveBackend({
        read: (plan, { raw, widened }) => {
          const inputs = widened();
          const owner = byIdentity ? raw[name].data : plan;
          const first = kept.get(owner);
          if (first === undefined) kept.set(owner, inputs[name].slice());
          return { ...inputs, [name]: first ?? inputs[name] };
        },
      });
    },
    caughtBy: 'memory/nothing',
    // With zeros as inputs, the negated inputs equal the kept ones.
    passes: 'attention/none:data=zeros',
  })),
);

export const memorySaboteurs: readonly Saboteur[] = [...keptSaboteurs, ...REUSED];
