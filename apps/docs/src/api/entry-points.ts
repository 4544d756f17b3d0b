// What the published packages export: every entry point that a package.json names, and the source it is compiled from.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export interface EntryPoint {
  /** What users import: `@relbias/bias-spec/oracle`. */
  readonly specifier: string;
  /** Absolute. */
  readonly source: string;
  /** The description of package.json; for a subpath, the first sentence of its source. */
  readonly description: string;
}

interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly private?: boolean;
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
}

/** @throws Error for an entry point without a source at the matching path under src/. */
export function entryPoints(packages: string): EntryPoint[] {
  return readdirSync(packages)
    .map((name) => path.join(packages, name))
    .filter((folder) => existsSync(path.join(folder, 'package.json')))
    .flatMap((folder) => {
      const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
      if (manifest.private === true) return [];
      return Object.entries(manifest.exports).flatMap(([subpath, target]) => {
        if (typeof target === 'string') return [];
        const source = path.join(folder, target.types.replace(/^\.\/dist\//, 'src/').replace(/\.d\.ts$/, '.ts'));
        if (!existsSync(source)) throw new Error(`${manifest.name} exports ${subpath}, but ${source} does not exist`);
        const description = subpath === '.' ? manifest.description : openingSentence(source);
        return [{ specifier: path.posix.join(manifest.name, subpath), source, description }];
      });
    })
    .toSorted((a, b) => (a.specifier < b.specifier ? -1 : 1));
}

/** Every file describes itself in its first lines. */
function openingSentence(source: string): string {
  const comment = /^(\/\/.*\n)+/.exec(readFileSync(source, 'utf8'))?.[0] ?? '';
  return comment
    .replaceAll(/^\/\/ |\n$/gm, '')
    .replaceAll('\n', ' ')
    .split(/(?<=\.) /)[0];
}
