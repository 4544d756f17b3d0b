// Packs the vectors for publication: vectors/*.json -> dist/vectors/*.json.gz, with their documentation.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, gzipSync } from 'node:zlib';

const root = path.join(import.meta.dirname, '..');
const from = path.join(root, 'vectors');
const to = path.join(root, 'dist', 'vectors');

const names = readdirSync(from).filter((one) => one.endsWith('.json'));
mkdirSync(to, { recursive: true });
for (const name of names) {
  const packed = gzipSync(readFileSync(path.join(from, name)), { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(path.join(to, `${name}.gz`), packed);
}
// Removes files of an earlier build whose vectors no longer exist; they must not be published. The others stay: tests may be reading them.
for (const packed of readdirSync(to).filter((one) => one.endsWith('.gz') && !names.includes(one.slice(0, -3)))) {
  rmSync(path.join(to, packed));
}
for (const name of ['README.md', 'SOURCES.md']) copyFileSync(path.join(from, name), path.join(to, name));
