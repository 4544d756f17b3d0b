// Writing vectors for tests: numbers, encodings, and a folder that is read back and judged.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { judgeVectors } from '@relbias/conformance';
import type { VectorResult } from '@relbias/conformance';
import { readVectors } from '@relbias/conformance/node';
import { expect } from 'vitest';
import { bellShaped, seeded } from '../src/seeded.ts';
import type { BiasOf } from './vectors-references.ts';

const random = seeded('foreign vectors');
export const number = (): number => Number(bellShaped(random).toFixed(4));
export const positive = (): number => Number((0.05 + random()).toFixed(4));
export const list = (length: number, make = number): number[] => Array.from({ length }, make);
export const rows = (count: number, length: number): number[][] => Array.from({ length: count }, () => list(length));
export const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);
export const matrix = (given: number[][]): object => ({ shape: [given.length, given[0].length], data: given.flat() });

const SCALED = 'tolerance: abs 1e-12 * (1 + |expected|) in float64; abs 1e-4 * (1 + |expected|) in float32';
export const FLOAT32 = { dtype: 'float32', compare: 'exact-float32' };
export const FLOAT64 = { dtype: 'float64', compare: SCALED };

/** [heads, queries, keys] with -0 and -Infinity as the format writes them. */
export function tensor(heads: number, query: number[], key: number[], bias: BiasOf): object {
  const data = range(heads).flatMap((h) => query.flatMap((i) => key.map((j) => bias(h, i, j))));
  return { shape: [heads, query.length, key.length], data: data.map(written) };
}

export function written(one: number): number | string {
  if (one === -Infinity) return '-Infinity';
  return one === 0 ? 0 : one;
}

export function runs(values: number[]): number[] {
  const found: number[] = [];
  for (const one of values) {
    if (found.length > 0 && found[found.length - 2] === one) found[found.length - 1] += 1;
    else found.push(one, 1);
  }
  return found;
}

async function judge(name: string, cases: object[]): Promise<VectorResult[]> {
  const named = cases.map((one, index) => ({
    id: `foreign/${name}/${index}`,
    source: { repo: 'someone/else' },
    input: {},
    ...one,
  }));
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-foreign-'));
  try {
    const text = JSON.stringify({ format: 'attention-bias-vectors/1', file: name, cases: named });
    writeFileSync(path.join(folder, 'foreign.json'), text);
    return judgeVectors(await readVectors(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Expects all cases to pass, and the first one, corrupted, to fail. */
export async function expectPass(name: string, cases: object[]): Promise<void> {
  const results = await judge(name, cases);
  expect(results.filter(({ status }) => status !== 'pass').map(({ name: id, reason }) => `${id}: ${reason}`)).toEqual([]);
  expect(results.length).toBe(cases.length);
  // The last number of the first case, corrupted, is caught: the reference is not compared with itself.
  const wrong = JSON.parse(JSON.stringify(cases[0])) as { expected: Record<string, { data?: number[] } | number[]> };
  const [field] = Object.values(wrong.expected);
  const data = Array.isArray(field) ? field : (field.data ?? []);
  const index = data.findLastIndex((one) => typeof one === 'number');
  data[index] += 1;
  expect(await judge(`${name}/wrong`, [wrong])).toMatchObject([{ status: 'fail', worst: { want: data[index] } }]);
}
