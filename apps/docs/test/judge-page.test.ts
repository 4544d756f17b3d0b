// The pages for other people's code: the downloads are the repository's files and the checker runs on them, and the figures on other
// implementations equal those counted here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dist } from './site.ts';

const conformance = path.resolve(import.meta.dirname, '../../../packages/conformance');
const published = path.join(dist, 'vectors');
const page = (name: string): string => readFileSync(path.join(dist, 'prove', `${name}.html`), 'utf8');

test('every vector and both scripts are published unchanged, with their sha256', () => {
  const sources = [
    ...readdirSync(path.join(conformance, 'judge')).map((name) => path.join('judge', name)),
    ...readdirSync(path.join(conformance, 'vectors')).map((name) => path.join('vectors', name)),
  ].filter((name) => /\.(py|json)$/.test(name));
  expect(sources.length).toBeGreaterThan(13);
  const html = page('check-your-own');
  const sums = readFileSync(path.join(published, 'SHA256SUMS'), 'utf8');
  for (const source of sources) {
    const name = path.basename(source);
    const content = readFileSync(path.join(conformance, source));
    expect(readFileSync(path.join(published, name)).equals(content)).toBe(true);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(sums).toContain(`${sha256}  ${name}\n`);
    expect(html).toContain(sha256);
    expect(html).toMatch(new RegExp(`<a href="\\.\\./vectors/${name.replaceAll('.', '\\.')}" download`));
  }
});

test('the published checker reads the published vectors', () => {
  const answers = path.join(published, 'alibi-slopes.json');
  // No answers at all: a file without case ids.
  const { status, stdout } = spawnSync(
    'python3',
    ['-S', path.join(published, 'check.py'), path.join(published, 'attention.json'), answers],
    {
      encoding: 'utf8',
    },
  );
  expect(status).toBe(1);
  expect(stdout).toMatch(/attention\/000\/none\/before-scaling\/causal\/7x7: no answer/);
});

interface Boundary {
  readonly params: { readonly numBuckets: number; readonly maxDistance: number };
  readonly input: { readonly distance: readonly number[] };
  readonly expected: { readonly upstreamFloat32: readonly number[]; readonly exactArithmetic: readonly number[] };
  readonly otherImplementations: Readonly<Record<string, readonly number[]>>;
}

test.each([
  ['Transformers', undefined],
  ['T5X', 't5x'],
  ['Mesh TensorFlow', 'mesh-tensorflow'],
  ['flashT5', 'flashT5'],
])('%s differs from exact T5 buckets as often as the vectors say', (title, key) => {
  const { cases } = JSON.parse(readFileSync(path.join(published, 't5-boundary.json'), 'utf8')) as { cases: Boundary[] };
  const off = cases
    .flatMap(({ expected, otherImplementations }) => {
      const theirs = key === undefined ? expected.upstreamFloat32 : otherImplementations[key];
      return expected.exactArithmetic.map((bucket, at) => bucket !== theirs[at]);
    })
    .filter(Boolean).length;
  const row = [...page('implementations').matchAll(/<tr>([\s\S]*?)<\/tr>/g)]
    .map(([, cells]) => [...cells.matchAll(/<td>([\s\S]*?)<\/td>/g)].map(([, cell]) => cell.replaceAll(/<[^>]*>/g, '')))
    .find(([name]) => name === title);
  expect(off).toBeGreaterThan(0);
  expect(row?.slice(1, 4)).toEqual(['0', String(off), '1 bucket']);
});

test('each source is linked at its commit, and nothing is undefined', () => {
  const html = page('implementations');
  const links = [...html.matchAll(/href="https:\/\/github\.com\/[\w.-]+\/[\w.-]+\/blob\/([0-9a-f]{40})\/[^"]+"/g)];
  expect(links.length).toBeGreaterThan(40);
  expect(html).not.toMatch(/undefined|NaN|\[object/);
});
