// A family is one file: the suite judges it, the program offers it with its options, the lab takes its settings, and its page is generated.
// No other file names it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { allCases, naiveBackend, runConformance, seeded } from '@relbias/conformance';
import { afterAll, describe, expect, it } from 'vitest';
import { exampleOf, labBias, variantsOf } from '../components/lab/lab-bias.ts';
import steps from './own-family/steps.js';

const module = path.join(import.meta.dirname, 'own-family', 'steps.js');
const program = path.join(import.meta.dirname, '../../../packages/relbias/dist/bin/relbias.js');
const folder = mkdtempSync(path.join(tmpdir(), 'relbias-own-family-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Printed {
  readonly family: string;
  readonly bias: number[][];
}

function relbias(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', cwd: folder });
}

/** The bias of head 1 between the last of ten queries and all keys. */
function lastRow(...args: string[]): number[] {
  const { stdout, stderr } = relbias('bias', '--heads', '2', '--head', '1', '--queries', '10', '--json', ...args);
  expect(stderr).toBe('');
  const { family, bias } = JSON.parse(stdout) as Printed;
  expect(family).toBe('steps');
  return bias[9] ?? [];
}

const wanted = (width: number): number[] => Array.from({ length: 10 }, (_, key) => 0 - 0.5 * Math.floor((9 - key) / width));

describe('a family in one file', () => {
  it('is in the suite, gradients too', async () => {
    const names = allCases([steps]).map(({ name }) => name);
    expect(names).toContain('attention/steps:positions=boundary');
    expect(names).toContain('adjoint/steps');
    const { counts } = await runConformance(naiveBackend(), { families: [steps] });
    expect({ ...counts, pass: counts.pass > 10 }).toMatchObject({ fail: 0, pass: true });
  });

  it('is in the program, with its options under their declared names', () => {
    const bias = ['--bias', module, '--height', '1,0.5'];
    expect(lastRow(...bias)).toEqual(wanted(4));
    expect(lastRow(...bias, '--step-width', '3')).toEqual(wanted(3));
    writeFileSync(path.join(folder, 'params.json'), '{"height": [1, 0.5], "width": 5}');
    expect(lastRow('--bias', module, '--params', 'params.json')).toEqual(wanted(5));
    const first = relbias('bias', '--heads', '2', '--queries', '2', '--json', ...bias, '--only-past').stdout;
    expect((JSON.parse(first) as Printed).bias[0]).toEqual([0, 0]);
    const fresh = steps.initialise(2, seeded('3'));
    expect(lastRow('--bias', module, '--initialise', '3')).toEqual(wanted(4).map((_, key) => fresh.value(1, 9 - key, 9) + 0));
  });

  it.each([
    [[], 'no height', '--height 1,2,3|FILE[:NAME], --params FILE.json, or --initialise SEED'],
    [['--height', '1,2', '--beta', '3'], '--beta', '--height, --step-width, --only-past, --params, --initialise'],
    [['--height', '1,2', '--step-width', '0'], '"0"', 'an integer from 1'],
    [['--height', '1,2,3'], 'steps.height: got 3 numbers', 'a RelbiasError that refuses them'],
    [['--height', '1,2', '--stepwidth', '1'], '--stepwidth', '--step-width'],
  ])('refuses %j by its options', (args, ...words) => {
    const { status, stderr } = relbias('bias', '--heads', '2', '--bias', module, ...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^relbias bias: [^\n]+\n$/);
    for (const word of words) expect(stderr).toContain(word);
  });

  it('is in the lab', () => {
    expect(exampleOf(steps)).toBe('{"width": 2}');
    expect(variantsOf(steps)).toEqual(['plain']);
    expect(labBias(steps, 2, 1, '', '{"height": 0.5, "width": 3}').value(1, 7, 7)).toBe(-1);
    const drawn = labBias(steps, 2, 1, '', '{"width": 1}');
    expect(drawn.parameters).toEqual(labBias(steps, 2, 1, '', '').parameters);
    expect(drawn.value(0, 4, 4)).toBe(4 * labBias(steps, 2, 1, '', '').value(0, 4, 4));
    expect(labBias(steps, 2, 1, 'plain', '').family).toBe('steps');
    expect(() => labBias(steps, 2, 1, '', '{"high": 1}')).toThrow('steps.high');
  });

  it('has a page', async () => {
    // The site is built in its own folder, and finds its examples from there.
    process.chdir(path.join(import.meta.dirname, '..'));
    const { familyPage } = await import('../src/family-page.ts');
    const page = familyPage(steps);
    expect(page).toContain('# Steps');
    expect(page).toContain(
      '| `height`<br><small>numbers\\, \\[heads\\]</small> | how far down each step goes | required | learned |',
    );
    expect(page).toContain('| `onlyPast`<br><small>true or false</small> | Whether keys in the future have no bias | false |');
    expect(page).toContain("await example('steps')");
    expect(page).toContain('| only this test | `unscaled` |');
    expect(page).toContain('A step holds width keys');
  });
});
