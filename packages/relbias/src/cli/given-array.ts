// An array from a file, and the check that its axes are the documented ones. Without it, a table of [heads, buckets] read as
// [buckets, heads] would silently be a different bias.
import type { Bias, FamilyOption, UncheckedOptions } from '@relbias/bias-spec';
import { ShapeError } from '@relbias/bias-spec';

/** Numbers, row-major, and their shape. */
export interface GivenArray {
  readonly data: Float64Array;
  readonly shape: readonly number[];
  /** The source, for messages: a file's name, `nested lists`. */
  readonly from: string;
}

/**
 * Refuses parameters whose axes differ from those of the bias made from them.
 *
 * Axes of extent 1 do not count: the numbers have the same order with and without them. A shape is ambiguous where it is flat or both axes
 * are equally long. For a table of two layouts it is then accepted only with a stated layout; for an array of one documented layout only
 * where it is not flat.
 *
 * @param what - the option that names the family.
 * @param options - the options of the family.
 * @param arrays - the arrays from files, by their path among the settings: `table`, `layers.0.weight`.
 * @throws ShapeError that names both shapes and how to fix it.
 */
export function requireLayouts(
  what: string,
  bias: Bias,
  options: readonly FamilyOption[],
  arrays: ReadonlyMap<string, GivenArray>,
  settings: UncheckedOptions,
): void {
  for (const [place, array] of arrays) {
    const option = options.find(({ name }) => name === place.split('.')[0]);
    const name = option?.kind === 'layers' ? place.replace(/^\w+\.(\d+)\.(weight|bias)$/, '$2$1') : place;
    if (!Object.hasOwn(bias.parameters, name)) continue;
    const { shape } = bias.parameters[name];
    const layout = option?.kind === 'numbers' ? option.layout : undefined;
    const table = layout === undefined ? undefined : { stated: Object.hasOwn(settings, layout) };
    requireShape(`${what} of ${bias.family}.${place}`, array, shape, table);
  }
}

/**
 * Refuses an array whose axes are not the wanted ones.
 *
 * @param table - for a table of two layouts: whether the user stated which it is.
 */
export function requireShape(
  what: string,
  { shape, from }: GivenArray,
  wanted: readonly number[],
  table?: { readonly stated: boolean },
): void {
  const got = counted(shape);
  const axes = counted(wanted);
  const mismatch = (expected: string, hint: string): ShapeError =>
    new ShapeError({ what, got: `the shape ${listed(shape)} (${from})`, wanted: expected, hint });
  const isFlat = got.length === 1 && axes.length > 1;
  const isSquare = axes.length === 2 && axes[0] === axes[1];
  const transposed = axes.length === 2 && got.length === 2 && got[0] === axes[1] && got[1] === axes[0] && !isSquare;
  if (table !== undefined) {
    const choice = 'Add --layout buckets-heads or --layout heads-buckets ("layout" in a --params file).';
    const ways = `Add --layout, or transpose it in NumPy: np.ascontiguousarray(array.T).`;
    if (transposed)
      throw mismatch(`${listed(wanted)}, as ${table.stated ? 'the layout says' : 'is read without --layout'}`, ways);
    if ((isFlat || (isSquare && got.length === 2)) && !table.stated) {
      throw mismatch(`a stated layout, because this shape fits both, for ${listed(wanted)}`, choice);
    }
    if (isFlat) return;
  }
  if (got.join() === axes.join()) return;
  throw mismatch(
    listed(wanted),
    transposed
      ? 'Transpose it in NumPy: np.ascontiguousarray(array.T).'
      : `If its numbers are in that order, in NumPy: array.reshape(${wanted.join(', ')}).`,
  );
}

/** The axes that determine the order of the numbers. */
function counted(shape: readonly number[]): readonly number[] {
  return shape.filter((extent) => extent !== 1);
}

function listed(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
