// Packs the vectors for publication: vectors/*.json -> dist/vectors/*.json.gz, beside what is written about them.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { constants, gzipSync } from 'node:zlib';

const root = path.join(import.meta.dirname, '..');
const from = path.join(root, 'vectors');
const to = path.join(root, 'dist', 'vectors');

mkdirSync(to, { recursive: true });
for (const name of readdirSync(from).filter((one) => one.endsWith('.json'))) {
  const packed = gzipSync(readFileSync(path.join(from, name)), { level: constants.Z_BEST_COMPRESSION });
  writeFileSync(path.join(to, `${name}.gz`), packed);
}
for (const name of ['README.md', 'SOURCES.md']) copyFileSync(path.join(from, name), path.join(to, name));
