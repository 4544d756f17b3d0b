// What `npm run fuzz` draws. Each kind is a module beside the tests of its package; it exports `draw(seed)`, which throws what is wrong.

/** @typedef {{ name: string, module: string, what: string }} Kind */

/** @type {readonly Kind[]} */
export const KINDS = [
  { name: 'problems', module: 'packages/relbias/test/drawn/problems.ts', what: 'every backend within the bound of accuracy' },
  { name: 'bits', module: 'packages/relbias/test/drawn/bits.ts', what: 'every backend with the bits of the reference' },
  {
    name: 'caches',
    module: 'packages/kernels-cpu/test/drawn/caches.ts',
    what: 'key/value caches with the bits of the full pass',
  },
  { name: 'neighbours', module: 'packages/kernels-cpu/test/drawn/neighbours.ts', what: 'rows that do not depend on other rows' },
  { name: 'files', module: 'packages/relbias/test/drawn/files.ts', what: 'hostile files, read rightly or refused' },
];
