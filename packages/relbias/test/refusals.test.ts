// Wrong command lines: each gets exactly one line that says what was got and what is accepted, exit status 2, and no stack trace.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { toStored } from '../src/files/element-types.ts';
import { writeTensors } from '../src/files/write.ts';
import { fixtures, relbias } from './program.ts';

const cube = path.join(fixtures, 'float32.npy');
const QKV = ['--query', cube, '--key', cube, '--value', cube];
const OUT = ['--out', 'out.npy'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relbias-refusals-'));
  const save = (name: string, numbers: number[], shape: number[]): Promise<void> =>
    writeTensors('test', path.join(folder, name), {
      it: toStored({ data: Float32Array.from(numbers), shape, dtype: 'float32' }),
    });
  await save(
    'nan.npy',
    Array.from({ length: 24 }, (_, index) => (index === 13 ? NaN : 0)),
    [2, 3, 4],
  );
  await save('vector.npy', [1, 2, 3], [3]);
  await save(
    'other-heads.npy',
    Array.from({ length: 36 }, () => 0),
    [3, 3, 4],
  );
  await save(
    'flat.npy',
    Array.from({ length: 12 }, () => 0),
    [3, 4],
  );
  for (const name of ['folder.npy', 'folder.safetensors', 'no-case']) await mkdir(path.join(folder, name));
  await writeFile(path.join(folder, 'no-case', 'empty.json'), '{"format":"attention-bias-vectors/1","cases":[]}');
  await writeFile(path.join(folder, 'list.json'), '[1]');
  await writeFile(path.join(folder, 'broken.json'), '{"w1": [1,');
  await writeFile(path.join(folder, 'missing-file.json'), '{"w1": "absent.npy"}');
  await writeFile(path.join(folder, 'typo.json'), '{"slope": [1, 2]}');
  await writeFile(path.join(folder, 'short.npy'), 'hello');
  await writeFile(path.join(folder, 'nothing.js'), 'export const x = 1;\n');
  await writeFile(path.join(folder, 'number.js'), 'export default () => 7;\n');
  const family = (fields: string): string =>
    `export default { name: 'own', options: [], create: () => 7, initialise: () => { throw null; }, ${fields} };`;
  const option = (fields: string): string => family(`options: [{ name: 'it', meaning: 'it', ${fields} }]`);
  await writeFile(path.join(folder, 'seven.js'), family(''));
  await writeFile(path.join(folder, 'nameless.js'), family('name: 1'));
  await writeFile(path.join(folder, 'optionless.js'), family('options: {}'));
  await writeFile(path.join(folder, 'makeless.js'), family('create: 1'));
  await writeFile(path.join(folder, 'heads.js'), option('kind: "number", name: "heads"'));
  await writeFile(path.join(folder, 'kindless.js'), option('kind: "text"'));
  await writeFile(path.join(folder, 'endless.js'), option('kind: "integer"'));
  await writeFile(path.join(folder, 'taken.js'), option('kind: "number", commandLine: "heads"'));
  await writeFile(path.join(folder, 'shouted.js'), option('kind: "number", commandLine: "IT=1"'));
  const twice = '{ name: "it", meaning: "it", kind: "number" }';
  await writeFile(path.join(folder, 'twice.js'), family(`options: [${twice}, ${twice}]`));
  await writeFile(path.join(folder, 'unread.js'), family('get options() { throw new Error("not today"); }'));
  const switchless = '{ name: "it", meaning: "it", kind: "boolean", default: true, switches: null }';
  await writeFile(path.join(folder, 'switchless.js'), family(`options: [${switchless}]`));
  await writeFile(path.join(folder, 'needing.js'), option('kind: "function", required: true'));
  await writeFile(path.join(folder, 'throws.js'), 'throw new Error("no such device");\n');
});
afterAll(() => rm(folder, { recursive: true }));

/** The command line, and the words that the message must contain: what was got, what is accepted. */
const WRONG: readonly (readonly [args: readonly string[], ...words: string[]])[] = [
  [['attent'], '"attent"', 'attend, bias, buckets, slopes, conform, tour'],
  [['--attend'], '"--attend"', '--help or --version'],
  [['slopes'], 'no --heads', '--heads N'],
  [['slopes', '--heads'], '--heads: got no value', '--heads N'],
  [['slopes', '--heads', '0'], '"0"', 'an integer from 1 to 65536'],
  [['slopes', '--heads', '1.5'], '"1.5"', 'an integer from 1'],
  [['slopes', '--heads', '1e9'], '"1e9"', 'an integer from 1'],
  [['slopes', '--heads', '4', '--heads', '8'], '--heads: got it twice', 'it once'],
  [['slopes', '--head', '4'], '--head', '--heads --bias-max'],
  [['slopes', '--heads', '4', 'eight'], '"eight"', 'wanted options only'],
  [['slopes', '--heads', '4', '--json', '--csv'], '--json and --csv', 'one of them'],
  [['slopes', '--heads', '4', '--json=yes'], 'the value "yes"', 'no value: it is a switch'],
  [['slopes', '--heads', '4', '--bias-max', 'NaN'], '"NaN"', 'a finite number'],
  [['slopes', '--heads', '4', '--bias-max', '-8'], 'biasMax', '-8', 'a finite number above 0'],
  [['buckets', '--from', '5', '--to', '1'], '5 above --to 1', 'at most --to'],
  [['buckets', '--to', '16000000'], '16000257 distances', 'at most 1048576'],
  [['buckets', '--max-distance', '8'], 't5.maxDistance', 'got 8', 'more than 8'],
  [['buckets', '--nb', '4', '--dist-max', '8'], 'got 4', 'an odd number'],
  [['buckets', '--nb', '3'], 'one of them', 'both'],
  [['buckets', '--nb', '3', '--dist-max', '9', '--buckets', '4'], 'nb together with numBuckets', 'nb and distMax alone'],
  [['buckets', '--bidirectional', '--unidirectional'], 'it with --bidirectional', 'one of them'],
  [['buckets', '--family', 'deberta', '--buckets', '8'], '--buckets', '--bucket-size, --max-position, --rounding'],
  [['buckets', '--rounding', 'float64'], '"float64"', 'exact, float32'],
  [['bias', '--bias', 'alibie'], '"alibie"', 'none, alibi, sandwich'],
  [['bias', '--bias', './absent.js'], './absent.js', 'a module that loads'],
  [['bias', '--bias', './throws.js'], 'no such device', 'a module that loads'],
  [['bias', '--bias', './nothing.js'], 'no default export', 'a family definition'],
  [['attend', ...QKV, ...OUT, '--bias', './number.js'], 'got function', 'a family definition'],
  [['bias', '--bias=./seven.js'], 'number from its create', 'a bias, such as toeplitzBias returns'],
  [['bias', '--bias', './seven.js', '--initialise', '1'], 'a family that fails (null)', 'a bias'],
  [['bias', '--bias', './seven.js', '--beta', '1'], '--beta', '--params, --initialise'],
  [['bias', '--bias', './nameless.js'], 'no name', '{ name, options, create, initialise, ... }'],
  [['bias', '--bias', './optionless.js'], 'no list of options', 'a family definition'],
  [['bias', '--bias', './makeless.js'], 'no create', 'a family definition'],
  [
    ['bias', '--bias', './kindless.js'],
    'options[0].kind',
    '"text"',
    'integer, number, boolean, choice, numbers, layers, function',
  ],
  [['attend', ...QKV, ...OUT, '--bias', './heads.js'], 'options[0].name', '"heads"', 'other than heads'],
  [['bias', '--bias', './endless.js'], 'options[0].least', 'undefined', 'a number'],
  [['bias', '--bias', './taken.js'], 'an option --heads', 'its "commandLine"'],
  [['bias', '--bias', './shouted.js'], 'options[0].commandLine', '"IT=1"', 'lower-case'],
  [['bias', '--bias', './twice.js'], 'two options called --it', 'a family definition'],
  [['bias', '--bias', './unread.js'], 'a family that cannot be read', 'not today', 'a family definition'],
  [['bias', '--bias', './switchless.js'], 'options[0].switches', 'null', 'an object'],
  [['bias', '--bias', './needing.js'], 'no it', '--params FILE.json'],
  [['bias', '--bias', 'bucketed'], '"bucketed"', 'dynamic-position, or the path of a module (./family.js)'],
  [['bias', '--bias', 'kerple-log', '--future', 'signed', '--initialise', '1'], '"signed"', 'unsigned, zero'],
  [['bias', '--bias', 'per-offset'], 'no maxDistance, table', '--max-distance N, --table 1,2,3|FILE[:NAME]'],
  [['bias', '--bias', 't5'], 'no table', '--table', '--params FILE.json', '--initialise SEED'],
  [['bias', '--bias', 'alibi', '--table', '1,2'], '--table', '--slopes, --beta, --bias-max, --future'],
  [['bias', '--bias', 'alibi', '--slopes', '1,,2', '--heads', '3'], '""', 'a finite number'],
  [['bias', '--bias', 'alibi', '--slopes', '1,2', '--heads', '3'], 'alibi.slopes', '2 numbers', 'wanted 3'],
  [['bias', '--bias', 'alibi', '--slopes', '--heads', '3'], '--slopes: got no value', '--slopes 1,2,3|FILE[:NAME]'],
  [['bias', '--bias', 'alibi', '--head', '8'], '--head: got 8', 'a head from 0 to 7'],
  [['bias', '--bias', 't5', '--initialise', '1', '--buckets', '16'], 'it with --buckets', 'it alone'],
  [['bias', '--bias', 'alibi', '--queries', '16777216', '--keys', '9'], '8 heads x 16777216 queries', 'at most 67108864'],
  [
    ['bias', '--bias', 'alibi', '--queries', '1025', '--keys', '1024', '--json'],
    '1025 queries x 1024 keys',
    '--out writes more to a file',
  ],
  [['bias', '--bias', 'alibi', '--out', 'absent/bias.npy'], 'a folder that does not exist', 'an existing folder'],
  [['bias', '--bias', 'alibi', '--slopes', 'vector.npy', '--heads', '3', '--out', 'vector.npy'], 'which is an input'],
  [['bias', '--bias', 'alibi', '--params', 'list.json'], 'got a JSON list', 'a JSON object'],
  [['bias', '--bias', 'alibi', '--params', 'broken.json'], 'invalid JSON', 'a JSON object'],
  [['bias', '--bias', 'alibi', '--params', 'absent.json'], 'absent.json', 'no such file', 'a readable file'],
  [['bias', '--bias', 'alibi', '--params', 'typo.json'], 'alibi.slope', 'one of heads, slopes'],
  [['bias', '--bias', 'fire', '--params', 'missing-file.json'], 'absent.npy', 'no such file'],
  [['bias', '--bias', 'fire'], 'no w1, b1, w2, b2', '--params FILE.json'],
  [['bias', '--bias', 'alibi', '--out', 'bias.txt'], '"bias.txt"', '.npy, .npz, .safetensors'],
  [
    ['bias', '--bias', 'alibi', '--query-positions', '1,2'],
    '--query-positions',
    '--query-positions and --key-positions together',
  ],
  [['bias', '--bias', 'alibi', '--query-start', '0.5'], 'queryStart', '0.5', 'an integer'],
  [['bias', '--bias', 'alibi', '--query-start', '0', '--positions', '1,2'], 'both queryStart and positions', 'one of them'],
  [['attend'], 'no --out', '--out FILE'],
  [['attend', ...OUT], 'no --query', '--query FILE[:NAME], or one FILE that holds query, key and value'],
  [['attend', ...QKV, '--out', 'out.txt'], '"out.txt"', '.npy, .npz, .safetensors'],
  [['attend', ...QKV, '--out', 'absent/out.npy'], 'a folder that does not exist', 'a path in an existing folder'],
  [['attend', '--query', 'nan.npy', '--key', cube, '--value', cube, '--out', './nan.npy'], 'which is an input', 'another file'],
  [['attend', ...QKV, '--bias', 't5', '--table', 'vector.npy', '--out', 'vector.npy'], 'which is an input', 'another file'],
  [['attend', ...QKV, '--key-lengths', 'vector.npy', ...OUT, '--lse', './vector.npy'], '--lse', 'which is an input'],
  [['attend', ...QKV, '--out', 'folder.npy'], 'which is a folder', 'a file'],
  [['attend', '--query', 'folder.safetensors', ...QKV.slice(2), ...OUT], 'a folder', 'a readable file'],
  [['attend', ...QKV, ...OUT, '--bias', 'alibi', '--slopes', 'absent.npz:layer:0'], 'absent.npz', 'no such file'],
  [['attend', ...QKV, ...OUT, '--lse', 'out.npy'], 'the file of --out', 'a .npz or .safetensors file for both'],
  [['attend', '--query', 'absent.npy', ...QKV.slice(2), ...OUT], 'absent.npy', 'no such file', 'a readable file'],
  [['attend', '--query', 'short.npy', ...QKV.slice(2), ...OUT], 'short.npy', 'a text that begins "hello"', 'a NumPy .npy file'],
  [['attend', '--query', 'nan.npy', ...QKV.slice(2), ...OUT], 'query.data[13]', 'NaN', 'a finite number'],
  [
    ['attend', '--query', 'vector.npy', '--key', 'vector.npy', '--value', 'vector.npy', ...OUT],
    'query.shape',
    '[3]',
    '[sequence, dim]',
  ],
  [['attend', cube, ...OUT], 'which is one array, for the query', '--query FILE'],
  [['attend', `${path.join(fixtures, 'several.npz')}:q`, ...OUT], 'which is one array'],
  [['attend', '--query', 'vector.npy', ...QKV.slice(2), ...OUT], 'query.shape: got [3]', '[sequence, dim]'],
  [['attend', '--query', 'flat.npy', ...QKV.slice(2), ...OUT], 'key of shape [2, 3, 4]', '3 axes', '2, as the query has'],
  [['attend', '--query', cube, '--key', 'other-heads.npy', '--value', 'other-heads.npy', ...OUT], 'keyValueHeads', '3'],
  [
    ['attend', '--query', path.join(fixtures, 'float64.npy'), ...QKV.slice(2), ...OUT],
    'float64',
    'float32, float16 or bfloat16',
    "astype('float32')",
  ],
  [['attend', '--query', path.join(fixtures, 'big-endian.npy'), ...QKV.slice(2), ...OUT], '>f4', 'little-endian'],
  [
    ['attend', path.join(fixtures, 'several.npz'), ...OUT],
    'no array called value or v',
    'one of the arrays in the file (query, key, lengths)',
    'Write --value',
  ],
  [['attend', ...QKV, ...OUT, '--scale', '0'], 'problem.scale', 'got 0', 'above 0'],
  [['attend', ...QKV, ...OUT, '--softcap', '-1'], 'problem.softcap', 'got -1', 'above 0'],
  [['attend', ...QKV, ...OUT, '--window-left', '-1'], '"-1"', 'an integer from 0'],
  [['attend', ...QKV, ...OUT, '--key-lengths', '4'], 'mask.keyLengths', '4', 'from 0 to 3'],
  [['attend', ...QKV, ...OUT, '--segments', '0,0'], 'mask.segments', '2 integers', '3 for all batch rows'],
  [['attend', ...QKV, ...OUT, '--convention', 'before'], '"before"', 'before-scaling, unscaled, after-scaling, scaled-bias'],
  [['attend', ...QKV, ...OUT, '--backend', 'cuda'], '"cuda"', 'cpu, cpu:naive'],
  [['attend', ...QKV, ...OUT, '--casual'], '--casual', '--causal'],
  [['attend', ...QKV, ...OUT, '--bias', 'alibi', '--slopes', 'several.safetensors:none'], 'several.safetensors', 'no such file'],
  [['conform', '--backend', 'cuda'], '"cuda"', 'or the path of a module (./backend.js)'],
  [['conform', '--backend', './absent.js'], './absent.js', 'a module that loads'],
  [['conform', '--backend', './nothing.js'], 'no default export', 'a default export that is a backend'],
  [['conform', '--backend', './number.js'], 'a function that returns number', 'a backend'],
  [['conform', '--backend', './throws.js'], 'no such device', 'a module that loads'],
  [['conform', '--json', 'absent/report.json'], '--json', 'a folder that does not exist'],
  [['conform', '--vectors', './no-case'], '--vectors', '1 files without a case', 'a folder of vectors'],
  [['conform', '--vectors', '.'], '--vectors', 'a folder of vectors'],
  [['conform', '--vectors', './absent'], 'nothing there', 'a folder of vectors'],
  [['conform', '--case', 'attention/alibi:head=12'], '"head=12"', 'a factor among batch, heads'],
  [['conform', '--case', 'vectors/absent'], '"vectors/absent"', 'the id of a case'],
  [['tour', '--fast'], '--fast'],
];

describe('wrong command lines', () => {
  test.concurrent.each(WRONG.map(([args, ...words]) => [args.map((one) => path.basename(one)).join(' '), args, words] as const))(
    'relbias %s',
    async (_, args, words) => {
      const { status, stdout, stderr } = await relbias(args, { cwd: folder });
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^[^\n]+\n$/);
      for (const word of words) expect(stderr).toContain(word);
      expect(stderr).not.toMatch(/\n?\s+at .*\.(js|ts):\d+/);
    },
  );

  test('leave nothing behind', async () => {
    const left = (await readdir(folder)).filter(
      (name) => name.startsWith('out') || name.includes('partial') || name.startsWith('bias'),
    );
    expect(left).toEqual([]);
  });
});
