// `--attention-mask` and `--key-padding-mask`: which keys of a batch are padding, as Hugging Face and PyTorch state it. The mask becomes
// segments, which hold any pattern: padding on the left, on the right or in between.
import type { Mask } from '@relbias/bias-spec';
import type { ReadLimits } from '../files/byte-source.ts';
import type { Option, Values } from './arguments.ts';
import { text } from './arguments.ts';
import { requireShape } from './given-array.ts';
import { NUMBERS, readNumbers } from './numbers.ts';
import { UsageError } from './usage-error.ts';

export const PADDING_OPTIONS: Readonly<Record<'attention-mask' | 'key-padding-mask', Option<string>>> = {
  'attention-mask': text(
    NUMBERS,
    'which keys are visible, [batch, keys]: 1 or true is a token, 0 or false padding (as in Hugging Face)',
  ),
  'key-padding-mask': text(
    NUMBERS,
    'which keys are padding, [batch, keys]: true or 1 is padding, false or 0 a token (as in PyTorch)',
  ),
};

const PAIRS = 'A mask over pairs of query and key is given by --causal, --window-left, --window-right and --segments';

/** The sizes that a mask must have. */
export interface MaskSizes {
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
}

/** Whether each key is visible, [batch, keys] or [keys]; undefined where no mask was given. */
export async function visibleKeys(
  values: Values<typeof PADDING_OPTIONS>,
  { batch, keys }: MaskSizes,
  limits: ReadLimits,
): Promise<readonly boolean[] | undefined> {
  const { 'attention-mask': visible, 'key-padding-mask': padding } = values;
  if (visible !== undefined && padding !== undefined) {
    throw new UsageError('--attention-mask', 'it with --key-padding-mask', 'one of them: each is the opposite of the other');
  }
  const given = visible ?? padding;
  if (given === undefined) return undefined;
  const name = visible === undefined ? '--key-padding-mask' : '--attention-mask';
  const list = await readNumbers(name, given, limits, 'labels');
  if (!(list instanceof Float64Array) && list.shape.length > 2) {
    throw new UsageError(name, `the shape [${list.shape.join(', ')}]`, `[batch, keys] or [keys]. ${PAIRS}`);
  }
  const data = list instanceof Float64Array ? list : list.data;
  if (data.length !== keys && data.length !== batch * keys) {
    const shape = list instanceof Float64Array ? '' : ` of the shape [${list.shape.join(', ')}]`;
    throw new UsageError(name, `${data.length} numbers${shape}`, `[${batch}, ${keys}] or [${keys}], [batch, keys]. ${PAIRS}`);
  }
  if (!(list instanceof Float64Array)) requireShape(name, list, data.length === keys ? [keys] : [batch, keys]);
  const marks = Array.from(data, (one, index) => {
    if (one === 0 || one === 1) return (one === 1) === (visible !== undefined);
    throw new UsageError(`${name}[${index}]`, String(one), '0 or 1, false or true: an additive mask is not supported');
  });
  if (!marks.includes(true)) {
    const other = visible === undefined ? '--attention-mask' : '--key-padding-mask';
    throw new UsageError(name, 'a mask that hides every key', `a visible key. If the mask means the opposite, use ${other}`);
  }
  return marks;
}

/** Segments of queries and keys. */
export interface Segments {
  readonly query: Float64Array;
  readonly key: Float64Array;
}

/** The segments, with every hidden key moved to a segment without queries. */
export function hideKeys(visible: readonly boolean[], { batch, queries, keys }: MaskSizes, segments?: Segments): Segments {
  const query = segments?.query ?? new Float64Array(queries);
  const key = segments?.key ?? new Float64Array(keys);
  // A wrong count is refused when the problem is planned.
  if (key.length !== keys && key.length !== batch * keys) return { query, key };
  const inUse = new Set(query);
  let unused = 0;
  while (inUse.has(unused)) unused++;
  const count = Math.max(key.length, visible.length);
  const masked = Float64Array.from({ length: count }, (_, at) => (visible[at % visible.length] ? key[at % key.length] : unused));
  return { query, key: masked };
}

/** How many keys no query sees, `1 of 4`, counted over the batch rows where these differ. */
export function countHidden(segments: Mask['segments']): string {
  const inUse = new Set(Array.from<number | bigint>(segments?.query ?? []));
  const keys = Array.from<number | bigint>(segments?.key ?? []);
  return `${keys.filter((one) => !inUse.has(one)).length} of ${keys.length}`;
}
