// What is known of a family beside its arithmetic, in one table: the suite, the command line, the lab, the judge of vectors and the docs
// read it, and none of them names a family.
import type { Bias } from './bias.ts';
import { MAX_HEADS, readOptions, requireInteger } from './check.ts';
import type { Convention } from './convention.ts';
import { ParameterError } from './errors.ts';
import type { Random } from './random.ts';
import { show } from './show.ts';

/** Options of a family's function by name, as a command line, a form or a JSON file holds them: nobody has checked them yet. */
export type UncheckedOptions = Readonly<Record<string, unknown>>;

/** What every option says, whatever it takes. */
interface OptionDoc {
  /** As the family's function calls it. */
  readonly name: string;
  readonly meaning: string;
  /** Nobody can guess it: a learned table, the size of a window. */
  readonly required?: true;
  /** A value, or words for one that is computed. None where leaving the option out leaves its effect out. */
  readonly default?: string | number | boolean;
  /** The bias keeps it among its `parameters`. Learned ones receive gradients. */
  readonly parameter?: 'learned' | 'fixed';
  /** How a model that starts its training draws it, where that is not the default. */
  readonly initialisation?: string;
  /** What the command line calls it, where that is not its name in kebab case. */
  readonly commandLine?: string;
}

/**
 * One option of a family's function: what it takes, and its documentation.
 *
 * - `integer`, `number`: within a range, where there is one.
 * - `boolean`: `meaning` says what holds where it is true, `otherwise` what holds where it is false. On the command line it is up to two
 *   switches; without names for them, `--name` where the default is false, and `--no-name` where it is true.
 * - `choice`: one of a few words.
 * - `numbers`: a list in the order of `shape`. Where the order of its axes can be chosen, `layout` names the option that says it.
 * - `layers`: a list of `{ weight, bias }`, which the bias keeps as the parameters weight0, bias0, weight1, ...
 * - `function`: for code alone. A family that requires one cannot be made from text.
 */
export type FamilyOption = OptionDoc &
  (
    | { readonly kind: 'integer'; readonly least: number; readonly most?: number }
    | { readonly kind: 'number'; readonly above?: number }
    | {
        readonly kind: 'boolean';
        readonly default: boolean;
        readonly otherwise?: string;
        readonly switches?: { readonly true?: string; readonly false?: string };
      }
    | { readonly kind: 'choice'; readonly choices: readonly string[] }
    | { readonly kind: 'numbers'; readonly shape: string; readonly layout?: string }
    | { readonly kind: 'layers'; readonly shape: string }
    | { readonly kind: 'function' }
  );

/** A bias worth testing: the suite runs each on every shape, and on the distances where it changes. */
export interface FamilyCase {
  readonly name: string;
  create(heads: number, random: Random): Bias;
  /** Head counts this case exists for, where it does not fit any. */
  readonly heads?: readonly number[];
  /** Distances at which something happens (a bucket begins, a threshold is crossed). */
  readonly distances?: readonly number[];
  /** The query and key count it needs, where the positions are its own. */
  readonly tokens?: number;
}

/** Somebody who adds this bias to attention: a model, a library, a book. */
export interface FamilyUser {
  readonly who: string;
  /** Where the bias meets the scale there, which is not always where the family's paper puts it. */
  readonly convention: Convention;
  readonly note?: string;
  /** Where one can see it: the line of code or the text that adds the bias. */
  readonly link?: string;
}

/**
 * Everything about a family that is not arithmetic: what the suite runs, the command line and the lab offer, and the docs print. It lives
 * in the family's own file, or beside it.
 */
export interface FamilyDefinition {
  readonly name: string;
  readonly title: string;
  readonly kind: 'none' | 'heuristic' | 'learned';
  /** What it does and why, in about three sentences. */
  readonly idea: string;
  /** LaTeX. */
  readonly formula: string;
  /** What each symbol of the formula means: [LaTeX, plain text], in the order of the formula. `i` and `j` are the positions of query and key. */
  readonly symbols?: readonly (readonly [tex: string, meaning: string])[];
  readonly citation: string;
  readonly convention: Convention;
  /** Every option of the family's function but `heads`, in the order in which a reader meets them. */
  readonly options: readonly FamilyOption[];
  /** Settings worth trying beside the published ones, which a text can hold, for any number of heads: see `forEveryHead`. */
  readonly example?: UncheckedOptions;
  /** The mistakes that ports make, one sentence each. */
  readonly traps: readonly string[];
  /** Who is known to use it. */
  readonly users?: readonly FamilyUser[];
  /**
   * The bias of these options and `heads`.
   *
   * @throws RelbiasError for whatever it does not take: an unknown name, a value of another kind.
   */
  create(options: UncheckedOptions): Bias;
  /**
   * A fresh bias: what is learned is drawn as published. Other settings than the published ones (options of `create` without `heads`)
   * may be given; what is learned and among them is not drawn.
   */
  initialise(heads: number, random: Random, settings?: UncheckedOptions): Bias;
  readonly cases: readonly FamilyCase[];
}

/**
 * A family's function as one that takes unchecked options. Its own checks stand in for the types: it must check every option, and refuse
 * names that it does not know.
 *
 * @example
 * unchecked(alibi)({ heads: 1, beta: 0.5 }).value(0, 2, 2); // -1
 */
export function unchecked(make: (options: never) => Bias): (options: UncheckedOptions) => Bias {
  if (typeof make !== 'function') throw new ParameterError({ what: 'unchecked', got: show(make), wanted: "a family's function" });
  return (options) => make(options as never);
}

/**
 * The `initialise` of a family, with its arguments checked and its settings read once.
 *
 * @param family - its name in errors.
 */
export function initialiser(
  family: string,
  make: (heads: number, random: Random, settings: UncheckedOptions) => Bias,
): FamilyDefinition['initialise'] {
  return (heads, random, settings = {}) => {
    requireInteger(`${family}.heads`, heads, 1, MAX_HEADS);
    if (typeof random !== 'function') {
      throw new ParameterError({
        what: `${family}.random`,
        got: show(random),
        wanted: 'a function of numbers in [0, 1), such as Math.random',
      });
    }
    return make(heads, random, readOptions(family, settings, null));
  };
}

/**
 * Settings for `initialise`, of those that hold for any number of heads: where an option takes one number per head, one stands for all.
 *
 * @example
 * forEveryHead(kerpleLogFamily, 2, { r1: 1, future: 'zero' }); // { r1: [1, 1], future: 'zero' }
 */
export function forEveryHead(
  { options }: Pick<FamilyDefinition, 'options'>,
  heads: number,
  settings: UncheckedOptions = {},
): UncheckedOptions {
  const perHead = options.filter((one) => one.kind === 'numbers' && one.shape === '[heads]').map(({ name }) => name);
  const spread = Object.entries(settings).map(([name, given]) => {
    return [name, perHead.includes(name) && typeof given === 'number' ? Array<number>(heads).fill(given) : given] as const;
  });
  return Object.fromEntries(spread);
}
