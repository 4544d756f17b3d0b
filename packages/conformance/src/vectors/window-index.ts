// Cases of the kind `index`: which row of its table a 2-D window reads for each pair of tokens. Asked of a table whose rows say their number.
import { swin, swinPositions } from '@relbias/bias-spec';
import type { Kind } from './answer.ts';
import { entries } from './bias-case.ts';
import { FormatError } from './format.ts';

export const windowIndex: Kind = {
  ask({ family, params }) {
    if (family !== 'swin') throw new FormatError(`an index of the family ${JSON.stringify(family)} is unknown`);
    const windowHeight = params.number('windowHeight');
    const windowWidth = params.number('windowWidth');
    const tokens = windowHeight * windowWidth;
    // Distances run from minus to plus the position of the last token; the spec refuses a table of any other length.
    const tableRows = 2 * swinPositions(windowHeight, windowWidth)[tokens - 1] + 1;
    const bias = swin({ heads: 1, windowHeight, windowWidth, table: Float64Array.from({ length: tableRows }, (_, row) => row) });
    const index = entries('index', bias, 1, { batch: 1, queries: tokens, keys: tokens });
    return [
      { ...index, shape: [tokens, tokens] },
      { field: 'tableRows', shape: [], float64: [tableRows] },
    ];
  },
};
