// A family by its name, with settings as JSON holds them; learned parameters are drawn
// at random, as before training.
import { seeded } from '@relbias/conformance';
import { attention, builtinFamilies, forEveryHead, tensor } from 'relbias';

export async function example(name: string) {
  const family = builtinFamilies.find((one) => one.name === name);
  if (family === undefined) throw new Error(`No family is called ${name}`);

  const heads = 8;
  const settings = forEveryHead(family, heads, family.example);
  const bias = family.initialise(heads, seeded(name), settings);
  const tokens = bias.tokens ?? 6;
  const shape = [1, heads, tokens, 16]; // [batch, heads, tokens, headDim]
  const wave = (phase: number) =>
    Float32Array.from({ length: heads * tokens * 16 }, (_, at) =>
      Math.sin(at * phase),
    );
  const [query, key, value] = [0.7, 1.1, 1.3].map((one) =>
    tensor(wave(one), shape),
  );

  const last = tokens - 1;
  const { output, ranOn } = await attention(query, key, value, { bias });
  return {
    settings: JSON.stringify(family.example ?? {}),
    'bias at distance 1': bias.value(0, 1, 1),
    convention: bias.convention,
    [`output of query ${last}`]: output.data.slice(last * 16, last * 16 + 4),
    kernel: ranOn.kernel,
  };
}
