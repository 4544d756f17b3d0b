// Common mistakes with the program: each is refused in one line that names the mistake and how to fix it, or is accepted.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { relbias } from './program.ts';
import { writeTensors } from '../src/files/write.ts';

const spec = pathToFileURL(path.join(import.meta.dirname, '..', '..', 'bias-spec', 'dist', 'index.js')).href;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-wrong-'));
  const save = (name: string, text: string): Promise<void> => writeFile(path.join(folder, name), text);
  const zeros = (shape: readonly number[]): { elements: 'float32'; shape: readonly number[]; bytes: Uint8Array } => ({
    elements: 'float32',
    shape,
    bytes: new Uint8Array(4 * shape.reduce((product, extent) => product * extent, 1)),
  });
  const q = zeros([1, 2, 3, 4]);
  await writeTensors('test', path.join(folder, 'qkv.npz'), { q, k: q, v: q });
  await writeTensors('test', path.join(folder, 'other.npz'), { Q: q, K: q, V: q });
  for (const name of ['q', 'k', 'v']) await writeTensors('test', path.join(folder, `${name}.npy`), { q });
  await writeTensors('test', path.join(folder, 'table.npy'), { table: zeros([32, 8]) });
  await save('python.json', "{'beta': 0.5}");
  await save('nan.json', '{"beta": NaN}');
  await save('marked.json', '\uFEFF{"slopes": [1, 2]}');
  await save('typo.json', '{"bias_max": 4}');
  // Families of one term, some with a value that is no number.
  const family = (fields: string): string => `import { toeplitzBias } from ${JSON.stringify(spec)};
const create = ({ heads, power = 0.5 }) => {
  const made = toeplitzBias({ family: 'root', heads, convention: 'after-scaling', parameters: {}, value: (_, d) => -(Math.abs(d) ** power), addGradient() {} });
  return VALUE;
};
export default {
  name: 'root', title: 'Root', kind: 'heuristic', idea: '', formula: '', citation: '', convention: 'after-scaling',
  options: [{ name: 'power', kind: 'number', above: 0, most: 1, least: 0.25, meaning: 'power of the distance', default: 0.5 }],
  traps: [], cases: [], create, initialise: (heads) => create({ heads }), ${fields}
};`;
  const valued = (value: string, fields = ''): string => family(fields).replace('VALUE', value);
  await save('root.mjs', valued('made'));
  await save('nan.mjs', valued('{ ...made, value: (h, d, p) => (d === 1 ? NaN : made.value(h, d, p)) }'));
  await save('text.mjs', valued('{ ...made, value: () => "0" }'));
  await save('rising.mjs', valued('{ ...made, value: () => Infinity }'));
  await save('async.mjs', valued('made', 'create: async (options) => create(options)'));
  await save('later.mjs', valued('made', 'initialise: async () => { throw new Error("no such file"); }'));
  await save('help.mjs', valued('made', "options: [{ name: 'help', kind: 'boolean', default: false, meaning: 'aid' }]"));
  await save('causal.mjs', valued('made', "options: [{ name: 'causal', kind: 'boolean', default: false, meaning: 'future' }]"));
});
afterAll(() => rm(folder, { recursive: true }));

const ATTEND = ['attend', 'qkv.npz', '--out', 'out.npy'];
const BIAS = ['bias', '--bias', 'alibi'];
const OWN = ['--heads', '1', '--queries', '2', '--json'];

/** The command line, and the words that its one line must contain. */
const WRONG: readonly (readonly [args: readonly string[], ...words: string[]])[] = [
  [[...BIAS, '--casual'], 'the unknown option --casual, wanted an option that --help lists. Did you mean --causal?'],
  [[...BIAS, '-causal'], 'the unknown option -causal', 'Did you mean --causal?'],
  [[...BIAS, '--key_lengths', '3'], 'the unknown option --key_lengths', 'Did you mean --key-lengths?'],
  [[...BIAS, '--keyLengths=3'], 'the unknown option --keyLengths,', 'Did you mean --key-lengths?'],
  [[...BIAS, '--zzz'], 'the unknown option --zzz, wanted an option that --help lists\n'],
  [[...ATTEND.slice(0, 2), '-o', 'out.npy'], 'the unknown option -o', 'Did you mean --out?'],
  [['slopes', '--head', '4'], 'the unknown option --head, wanted --heads --bias-max', 'Did you mean --heads?'],
  [['slopes', '8'], 'wanted options only. Write --heads 8.'],
  [['bias', 'alibi'], 'A family is named by --bias: --bias alibi.'],
  [['bias', '--bias', 'T5'], 'Did you mean "t5"?'],
  [['bias', '--bias', 'kerple'], 'Did you mean "kerple-log"?'],
  [['bias', '--bias', 'alibi', '--slope', '1'], 'Did you mean --slopes?'],
  [['bias', '--bias', 't5', '--max_distance', '64'], 'Did you mean --max-distance?'],
  [['bias', '--bias', 'kerple-log', '--beta', '1'], '--beta, wanted --r1, --r2'],
  [['atend'], 'Did you mean "attend"?'],
  [['--bias', 'alibi'], '"--bias"', 'Did you mean "bias"?'],
  [[...ATTEND, '--backend', 'webgpu'], 'Did you mean "gpu:webgpu"?'],
  [[...ATTEND, '--convention', 'after_scaling'], 'Did you mean "after-scaling"?'],
  [['conform', '--backend', 'cpu:wsam'], 'Did you mean "cpu:wasm"?'],
  [[...ATTEND, '--heads', '2'], 'the unknown option --heads', 'It is read from the shapes of the tensors.'],
  [['attend', 'q.npy', 'k.npy', 'v.npy', '--out', 'out.npy'], 'got "k.npy"', '--query FILE --key FILE --value FILE'],
  [['attend', 'other.npz', '--out', 'out.npy'], 'no array called query or q', '(Q, K, V). Write --query other.npz:NAME.'],
  [['attend', '--query', 'other.npz:q', '--key', 'k.npy', '--value', 'v.npy', '--out', 'out.npy'], 'Did you mean "Q"?'],
  [[...ATTEND, '--attention-mask', '1,1'], '2 numbers, wanted [1, 3] or [3], [batch, keys]'],
  [[...ATTEND, '--attention-mask', '0,0,0'], 'a mask that hides every key'],
  [[...BIAS, '--slopes', '[1,2]', '--heads', '2'], '"[1,2]", wanted numbers with commas (1,2,3) or a file ending in'],
  [[...BIAS, '--slopes', '1 2', '--heads', '2'], '"1 2", wanted numbers with commas'],
  [[...BIAS, '--slopes', '1;2', '--heads', '2'], '"1;2", wanted numbers with commas'],
  [[...BIAS, '--slopes', 'slopes', '--heads', '2'], '"slopes", wanted numbers with commas'],
  [[...BIAS, '--slopes', 'slopes.csv', '--heads', '2'], 'a table by its name', 'np.loadtxt'],
  [['bias', '--bias', 't5', '--table', 'model.bin:decoder.bias'], 'a PyTorch checkpoint by its name', 'safetensors.torch'],
  [['bias', '--bias', 't5', '--table', 'table.npy', '--heads', '12'], '[buckets, heads] = [32, 12]: got 256 numbers, wanted 384'],
  [['bias', '--bias', 't5', '--table', 'https://example.org/t.npy'], 'an address, wanted a readable file. Download it'],
  [['bias', '--bias', 't5', '--table', 'file:///t.npy'], 'an address, wanted a readable file. Write its path without file://'],
  [['bias', '--bias', './missing.mjs'], '--bias ./missing.mjs: got no such file, wanted a module that loads'],
  [['conform', '--backend', './missing.mjs'], '--backend ./missing.mjs: got no such file, wanted a module that loads'],
  [[...BIAS, '--params', 'python.json'], 'invalid JSON', 'a JSON object'],
  [[...BIAS, '--params', 'nan.json'], 'invalid JSON', 'a JSON object'],
  [['bias', '--bias', './root.mjs', '--power', '0', ...OWN], '--power: got 0, wanted a number above 0 and of at least 0.25'],
  [['bias', '--bias', './root.mjs', '--power', '2', ...OWN], '--power: got 2', 'of at most 1'],
  [['bias', '--bias', './root.mjs', '--pwoer', '1', ...OWN], 'Did you mean --power?'],
  [
    ['bias', '--bias', './nan.mjs', '--heads', '1', '--queries', '3', '--json'],
    'root.value(0, 1, 1): got NaN, wanted a number, or -Infinity',
  ],
  [['bias', '--bias', './nan.mjs', '--heads', '1', '--queries', '3', '--out', 'nan.npy'], 'root.value(0, 1, 1): got NaN'],
  [['bias', '--bias', './text.mjs', ...OWN], 'root.value(0, 0, 0): got "0", wanted a number'],
  [['bias', '--bias', './rising.mjs', ...OWN], 'root.value(0, 0, 0): got Infinity, wanted a number'],
  [['bias', '--bias', './async.mjs', ...OWN], 'a promise from its create or initialise', 'a bias, without waiting. Remove async'],
  [['bias', '--bias', './later.mjs', '--initialise', '1'], 'a promise from its create or initialise'],
  [['bias', '--bias', './help.mjs', '--help'], 'an option --help, which prints the help of every command', '"commandLine"'],
  [['bias', '--bias', './causal.mjs', '--help'], 'an option --causal, which the command already has', '"commandLine"'],
];

describe('refused', () => {
  test.concurrent.each(WRONG.map(([args, ...words]) => [args.join(' '), args, words] as const))(
    'relbias %s',
    async (_, args, words) => {
      const { status, stderr } = await relbias(args, { cwd: folder });
      expect(status).toBe(2);
      expect(stderr).toMatch(/^[^\n]+\n$/);
      for (const word of words) expect(stderr).toContain(word);
    },
  );
});

describe('accepted', () => {
  test('a mask of keys, counted in the summary', async () => {
    const { status, stdout, stderr } = await relbias([...ATTEND, '--attention-mask', '1,0,1'], { cwd: folder });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('padding   1 of 3 keys hidden by --attention-mask\n');
  });

  test('JSON with the byte order mark that Windows writes', async () => {
    const { status, stdout } = await relbias(['bias', '--bias', 'alibi', '--heads', '2', '--params', 'marked.json', '--json'], {
      cwd: folder,
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ family: 'alibi', heads: 2 });
  });

  test('numbers with spaces after their commas', async () => {
    const { status, stdout } = await relbias(['bias', '--bias', 'alibi', '--slopes', '1, 2', '--heads', '2', '--json'], {
      cwd: folder,
    });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ family: 'alibi', heads: 2 });
  });
});

describe('--help with a family', () => {
  test("lists the options of a module's family first, and none of other families", async () => {
    const { status, stdout } = await relbias(['bias', '--bias', './root.mjs', '--help'], { cwd: folder });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ {2}--power X +root: power of the distance \(0\.5\)\n {2}--bias /m);
    expect(stdout).not.toContain('--slopes');
  });

  test('lists the options of a built-in family alone', async () => {
    const { stdout } = await relbias(['attend', '--help', '--bias=alibi'], { cwd: folder });
    expect(stdout).toMatch(/^ {2}--slopes /m);
    expect(stdout).not.toContain('--window-height');
    expect(stdout).toMatch(/^ {2}--out FILE /m);
  });

  test('lists every family without one', async () => {
    const { stdout } = await relbias(['bias', '--help']);
    for (const option of ['--slopes', '--window-height', '--causal', '--attention-mask'])
      expect(stdout).toContain(`  ${option} `);
  });
});
