// Golden cases whose parameters an explorer offers besides the random initialisation: numbers that published code was run with, for a test.
// None comes from a trained model, and every name says so.
import type { UncheckedOptions } from '@relbias/bias-spec';
import { builtinFamilies } from '@relbias/bias-spec';
import type { VectorCase } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';

/** The parameters of one golden case as options of the family's `create`, and where they come from. */
export interface GoldenPreset {
  readonly family: string;
  /** As in the vectors' files. */
  readonly id: string;
  /** `owner/repository` of the code that was run with them. */
  readonly repository: string;
  readonly heads: number;
  readonly options: UncheckedOptions;
}

/** The case of each family, and how its code calls the options of ours where the names differ. */
const CASES: readonly { readonly family: string; readonly id: string; readonly names?: Readonly<Record<string, string>> }[] = [
  { family: 't5', id: 't5-bias/compute/0' },
  { family: 'kerple-log', id: 'kerple-log/random8/7', names: { r1: 'p', r2: 'a' } },
  { family: 'kerple-power', id: 'kerple-power/random8/7', names: { r1: 'a', r2: 'p' } },
  { family: 'fire', id: 'fire/0/9' },
  { family: 'swin', id: 'swin/bias/3x2' },
  { family: 'dynamic-position', id: 'dynamic-position-bias/4' },
];

/** The preset of every family that has a golden case with parameters. */
export async function goldenPresets(): Promise<GoldenPreset[]> {
  const vectors = (await readVectors()).flatMap(({ cases }) => cases);
  return CASES.map(({ family, id, names = {} }) => {
    const found = vectors.find((one) => one.id === id);
    const definition = builtinFamilies.find(({ name }) => name === family);
    if (found === undefined || definition === undefined)
      throw new Error(`presets.ts: no family ${family} or no golden case ${id}`);
    const options = definition.options.flatMap(({ name, kind }) => {
      const theirs = names[name] ?? name;
      const value = [found.input, found.params].find((bag) => bag.has(theirs))?.values[theirs];
      return value === undefined ? [] : [[name, kind === 'layers' ? layers(found, theirs) : numbers(value)]];
    });
    return {
      family,
      id,
      repository: found.repository,
      heads: found.params.number('heads'),
      options: Object.fromEntries(options),
    };
  });
}

function layers({ input }: VectorCase, name: string): unknown {
  return input.bags(name).map((layer) => ({ weight: [...layer.numbers('weight')], bias: [...layer.numbers('bias')] }));
}

/** A tensor as its numbers; anything else as it is. */
function numbers(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'data' in value ? value.data : value;
}
