// The term per distance: a table with one number for each head and distance.
import type { TermOperations } from './term.ts';

export const perDistance: TermOperations<'per-distance'> = {
  lists: ({ heads, minDistance, maxDistance, values }) => ({ values: [values, heads * (maxDistance - minDistance + 1)] }),
  rounded: (term, _finite, hiding) => ({ ...term, values: hiding(term.values) }),
  scaled: (term, scale) => ({ ...term, values: scale(term.values) }),
  largest: ({ values }, largest) => largest(values),
  reader({ values, minDistance, maxDistance }) {
    const span = maxDistance - minDistance + 1;
    return (h, _row, distance) => values[h * span + distance - minDistance];
  },
  isByDistance: () => true,
  zeroGradient: ({ values }) => ({ kind: 'per-distance', values: new Float64Array(values.length) }),
  addGradient({ minDistance, maxDistance }, { values }, weight, head, _row, distance) {
    values[head * (maxDistance - minDistance + 1) + distance - minDistance] += weight;
  },
};
