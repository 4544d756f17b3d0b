// The row-scaled term: a feature per distance, a scale per row, and one piecewise-linear function of their product per head.
import type { TermOperations } from './term.ts';

export const rowScaled: TermOperations<'row-scaled'> = {
  lists({ heads, minDistance, maxDistance, features, rowScales, breaks, slopes, intercepts }, { batch, queries }) {
    // `breaks` determines the number of pieces; whether it is a Float64Array is checked with the others.
    const count = ArrayBuffer.isView(breaks) ? breaks.length : 0;
    const pieces = heads * (count + 1);
    return {
      features: [features, maxDistance - minDistance + 1],
      rowScales: [rowScales, batch * queries],
      breaks: [breaks, count],
      slopes: [slopes, pieces],
      intercepts: [intercepts, pieces],
    };
  },
  rounded: (term, finite, hiding) => ({
    ...term,
    features: finite(term.features),
    rowScales: finite(term.rowScales),
    breaks: finite(term.breaks),
    slopes: finite(term.slopes),
    intercepts: hiding(term.intercepts),
  }),
  scaled: (term, scale) => ({ ...term, slopes: scale(term.slopes), intercepts: scale(term.intercepts) }),
  largest: ({ features, rowScales, slopes, intercepts }, largest) =>
    largest(features) * largest(rowScales) * largest(slopes) + largest(intercepts),
  /** Each operation is rounded to float32 in this order: x = feature * rowScale, then slope * x, then + intercept. */
  reader({ features, rowScales, breaks, slopes, intercepts, minDistance }) {
    return (h, row, distance) => {
      const x = Math.fround(features[distance - minDistance] * rowScales[row]);
      let piece = h * (breaks.length + 1);
      for (let index = 0; index < breaks.length && breaks[index] < x; index++) piece++;
      return Math.fround(Math.fround(slopes[piece] * x) + intercepts[piece]);
    };
  },
  isByDistance: ({ rowScales }) => rowScales.every((scale) => scale === rowScales[0]),
  zeroGradient: ({ features, rowScales, slopes, intercepts }) => ({
    kind: 'row-scaled',
    features: new Float64Array(features.length),
    rowScales: new Float64Array(rowScales.length),
    slopes: new Float64Array(slopes.length),
    intercepts: new Float64Array(intercepts.length),
  }),
  addGradient(term, gradient, weight, head, row, distance) {
    const entry = distance - term.minDistance;
    const [feature, rowScale] = [term.features[entry], term.rowScales[row]];
    const x = feature * rowScale;
    const piece = head * (term.breaks.length + 1) + term.breaks.filter((one) => one < x).length;
    const slope = term.slopes[piece];
    gradient.slopes[piece] += weight * x;
    gradient.intercepts[piece] += weight;
    gradient.features[entry] += weight * slope * rowScale;
    gradient.rowScales[row] += weight * slope * feature;
  },
};
