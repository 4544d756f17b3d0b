// The source lines of the scores pass that compute the bias of one pair, for each form.
import type { BiasForm } from '../bias.ts';

export interface BiasSource {
  readonly parameters: readonly string[];
  /** Declares `bias`, from `distance`, `head` and the row scale. */
  readonly lines: string;
}

/** The arguments that a table lookup needs besides the table. */
export function tableArguments(minDistance: number, maxDistance: number, tableWidth: number): Record<string, number> {
  return { minDistance, lastIndex: maxDistance - minDistance, tableWidth, tableWidthInverse: 1 / tableWidth };
}

export const TABLE_PARAMETERS = ['table', 'minDistance', 'lastIndex', 'tableWidth', 'tableWidthInverse'] as const;

/** The row and column of `distance`. Long tables are folded into rows of a power of two, so the product is exact, and so is the floor. */
export const TABLE_LINES: string = `
  let index = distance - minDistance;
  if (index < 0.0) { index = 0.0; }
  if (index > lastIndex) { index = lastIndex; }
  const tableRow = Math.floor(index * tableWidthInverse);
  const tableColumn = index - tableRow * tableWidth;`;

export function biasSource(form: BiasForm): BiasSource {
  switch (form) {
    case 'none':
      return { parameters: [], lines: 'const bias = 0.0;' };
    case 'per-distance':
      return { parameters: TABLE_PARAMETERS, lines: `${TABLE_LINES}\n  const bias = table[head][tableRow][tableColumn];` };
    case 'row-scaled':
      return {
        parameters: [...TABLE_PARAMETERS, 'pieces', 'breaks'],
        lines: `${TABLE_LINES}
  const feature = table[0][tableRow][tableColumn] * queryRows[queryRow][2][this.thread.y];
  let piece = 0.0;
  for (let k = 0; k < breaks; k++) {
    if (pieces[2][0][k] < feature) { piece = piece + 1.0; }
  }
  const bias = pieces[0][head][piece] * feature + pieces[1][head][piece];`,
      };
    default:
      return form satisfies never;
  }
}
