// The definition of a family: everything about it but its arithmetic. The conformance suite, the command line, the lab and the docs read it,
// and none of them names a family.
import type { Bias } from './bias.ts';
import { MAX_HEADS, readOptions, requireInteger } from './check.ts';
import type { Convention } from './convention.ts';
import { ParameterError } from './errors.ts';
import type { Random } from './random.ts';
import { show } from './show.ts';

/** Options of a family's function by name, as read from a command line, a form or a JSON file, not yet checked. */
export type UncheckedOptions = Readonly<Record<string, unknown>>;

/** The documentation that every option has, whatever its kind. */
interface OptionDoc {
  /** Its name in the family's function. */
  readonly name: string;
  readonly meaning: string;
  /** Set for an option without a default: a learned table, the size of a window. */
  readonly required?: true;
  /** The default value, or a description of one that is computed. None if leaving the option out has no effect. */
  readonly default?: string | number | boolean;
  /** Set if the bias has it among its `parameters`. Learned ones receive gradients. */
  readonly parameter?: 'learned' | 'fixed';
  /** How a model initialises it before training, if not by the default. */
  readonly initialisation?: string;
  /** Its name on the command line, if not its name in kebab case. */
  readonly commandLine?: string;
}

/**
 * One option of a family's function: its kind, and its documentation.
 *
 * - `integer`: from `least` to `most`, both inclusive. `number`: finite, and greater than `above` if that is given.
 * - `boolean`: `meaning` describes true, `otherwise` describes false. `switches` names the command line's switches; by default that is `--name`
 *   for an option that defaults to false and `--no-name` for one that defaults to true.
 * - `choice`: one of the words in `choices`.
 * - `numbers`: a list, row-major in `shape`. If another option chooses the order of the axes, `layout` is its name.
 * - `layers`: a list of `{ weight, bias }`, which become the parameters weight0, bias0, weight1, ...
 * - `function`: only usable from code. A family that requires one cannot be made on a command line.
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

/** A bias that the conformance suite tests, on every shape and on the distances at which it changes. */
export interface FamilyCase {
  readonly name: string;
  create(heads: number, random: Random): Bias;
  /** The head counts that it can be made for. Default: any. */
  readonly heads?: readonly number[];
  /** Distances at which a bucket begins or a threshold is crossed. */
  readonly distances?: readonly number[];
  /** The query and key count that it needs, if it defines positions of its own. */
  readonly tokens?: number;
}

/** A model, library or book that uses this bias. */
export interface FamilyUser {
  readonly who: string;
  /** Its scale convention, which may differ from that of the family's paper. */
  readonly convention: Convention;
  readonly note?: string;
  /** The line of code or the text in which the bias is added. */
  readonly link?: string;
}

/**
 * Everything about a family but its arithmetic: what the conformance suite tests, the command line and the lab offer, and the docs print. It
 * is in the family's own file, or next to it. `requireFamily` checks one.
 */
export interface FamilyDefinition {
  readonly name: string;
  readonly title: string;
  readonly kind: 'none' | 'heuristic' | 'learned';
  /** What the bias does and why, in about three sentences. */
  readonly idea: string;
  /** The formula, in LaTeX. */
  readonly formula: string;
  /** The symbols of the formula: [LaTeX, plain text], each defined. */
  readonly symbols?: readonly (readonly [tex: string, meaning: string])[];
  readonly citation: string;
  readonly convention: Convention;
  /** Every option of the family's function except `heads`, in the order of the docs. */
  readonly options: readonly FamilyOption[];
  /** Settings to try besides the published ones, for any number of heads (see `forEveryHead`) and expressible in JSON. */
  readonly example?: UncheckedOptions;
  /** Mistakes that ports of this bias make, one sentence each. */
  readonly traps: readonly string[];
  /** Models, libraries and books that use it. */
  readonly users?: readonly FamilyUser[];
  /**
   * Makes the bias of these options, `heads` among them.
   *
   * @throws RelbiasError for an unknown option or a value that it does not take.
   */
  create(options: UncheckedOptions): Bias;
  /**
   * Makes the bias of a model before training: learned parameters are drawn as published. `settings` are options of `create` (without
   * `heads`) that replace the published ones; a learned parameter among them is not drawn.
   */
  initialise(heads: number, random: Random, settings?: UncheckedOptions): Bias;
  readonly cases: readonly FamilyCase[];
}

/**
 * A family's function as one that takes unchecked options. The function must check every option itself, and refuse unknown ones.
 *
 * @example
 * unchecked(alibi)({ heads: 1, beta: 0.5 }).value(0, 2, 2); // -1
 */
export function unchecked(make: (options: never) => Bias): (options: UncheckedOptions) => Bias {
  if (typeof make !== 'function') throw new ParameterError({ what: 'unchecked', got: show(make), wanted: "a family's function" });
  return (options) => make(options as never);
}

/**
 * Makes the `initialise` of a family: checks its arguments and reads its settings once.
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
 * Expands settings for any number of heads to `heads` of them: an option that takes one number per head may be a single number for all.
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
