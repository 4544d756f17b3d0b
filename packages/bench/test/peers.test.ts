// Detection of installed peers. The peers themselves are tested in the benchmark, which measures their error in every run.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { missingPeers, peerVersion } from '../src/peers.ts';

test('a peer is missing where it is not installed, or in another version', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'relbias-peers-'));
  const write = (place: string, manifest: object): void => {
    mkdirSync(path.join(folder, place), { recursive: true });
    writeFileSync(path.join(folder, place, 'package.json'), JSON.stringify(manifest));
  };
  try {
    write('.', { dependencies: { here: '1.2.3', '@old/one': '2.0.0', gone: '3.0.0' } });
    write('node_modules/here', { version: '1.2.3' });
    write('node_modules/@old/one', { version: '1.9.9' });
    expect(missingPeers(folder)).toEqual(['@old/one 2.0.0', 'gone 3.0.0']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('versions are exact, and a library that is no peer has none', () => {
  expect(peerVersion('onnxruntime-node')).toMatch(/^\d+\.\d+\.\d+$/);
  expect(() => peerVersion('left-pad')).toThrow('peers/package.json: no dependency left-pad');
});
