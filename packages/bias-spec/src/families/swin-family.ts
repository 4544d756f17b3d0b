// The definition of Swin's window bias: docs, options, users and test cases. The arithmetic is in swin.ts.
import { normalTable } from '../buckets/table.ts';
import { requireInteger } from '../check.ts';
import type { Bias } from '../bias.ts';
import type { FamilyDefinition } from '../family.ts';
import { initialiser, unchecked } from '../family.ts';
import { github } from './links.ts';
import { swin, swinPositions } from './swin.ts';
import { tableOptions } from './table-options.ts';

const create = unchecked(swin);

const SIDE = { kind: 'integer', least: 1, required: true, initialisation: '7' } as const;

/** The number of 2-D offsets in a window. */
function offsets(height: unknown, width: unknown): number {
  const side = (name: string, given: unknown): number => requireInteger(`swin.${name}`, given, 1);
  const positions = swinPositions(side('windowHeight', height), side('windowWidth', width));
  return 2 * positions[positions.length - 1] + 1;
}

/** The definition of Swin's window bias. */
export const swinFamily: FamilyDefinition = {
  name: 'swin',
  title: 'Swin, 2-D windows',
  kind: 'learned',
  idea: 'The tokens are patches in a window of an image, and every offset in rows and columns has one learned number per head. With token (row, column) at position row * (2 * width - 1) + column, each 2-D offset is one distance, so kernels need no special case.',
  formula: String.raw`\mathrm{bias}_h(i, j) = u_h\left[(\Delta_r + H_w - 1)(2 W_w - 1) + \Delta_c + W_w - 1\right]`,
  symbols: [
    [String.raw`h`, 'head, from 0'],
    [String.raw`i`, 'token of the query'],
    [String.raw`j`, 'token of the key'],
    [String.raw`u_h`, 'table of head h: one learned number for each 2-D offset'],
    [String.raw`\Delta_r, \Delta_c`, 'row and column of the query minus those of the key'],
    [String.raw`H_w, W_w`, 'windowHeight and windowWidth'],
  ],
  citation: 'Liu et al. 2021, Swin Transformer, eq. 4, arXiv:2103.14030',
  convention: 'after-scaling',
  options: [
    { ...SIDE, name: 'windowHeight', meaning: 'rows of the window' },
    { ...SIDE, name: 'windowWidth', meaning: 'columns of the window' },
    ...tableOptions({
      shape: '[(2 * windowHeight - 1) * (2 * windowWidth - 1), heads]',
      meaning: 'the bias of each 2-D offset, query minus key, row-major',
      initialisation: 'normal, standard deviation 0.02 (the published code truncates at +-2, which is a hundred deviations)',
    }),
  ],
  example: { windowHeight: 3, windowWidth: 5 },
  traps: [
    'The factor of the row offset is 2 * width - 1, not 2 * height - 1: square windows hide this mistake.',
    'Shifted windows also mask pairs from different regions of the image: pass the regions as segments.',
  ],
  users: [
    {
      who: 'Swin Transformer',
      convention: 'after-scaling',
      link: github('microsoft/Swin-Transformer', 'f82860bfb5225915aca09c3227159ee9e1df874d', 'models/swin_transformer.py'),
    },
  ],
  create,
  initialise: initialiser('swin', (heads, random, { windowHeight = 7, windowWidth = 7, ...others }) => {
    const { table = normalTable(offsets(windowHeight, windowWidth), heads, 0.02, random) } = others;
    return create({ ...others, heads, windowHeight, windowWidth, table });
  }),
  cases: [
    { name: 'square', tokens: 49, create: (heads, random) => window(heads, 7, 7, normalTable(169, heads, 1, random)) },
    { name: 'wide', tokens: 6, create: (heads, random) => window(heads, 2, 3, normalTable(15, heads, 1, random)) },
    { name: 'tall', tokens: 65, create: (heads, random) => window(heads, 13, 5, normalTable(225, heads, 1, random)) },
  ],
};

function window(heads: number, windowHeight: number, windowWidth: number, table: Float64Array): Bias {
  return swin({ heads, windowHeight, windowWidth, table });
}
