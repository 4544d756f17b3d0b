// The kinds of random tests that `npm run fuzz` runs. Each is a module in the tests of its package that exports `draw(seed)`, which throws
// if something is wrong.

/** @typedef {{ name: string, module: string, what: string }} Kind */

/** @type {readonly Kind[]} */
export const KINDS = [
  { name: 'problems', module: 'packages/relbias/test/drawn/problems.ts', what: 'every backend is within the error bound' },
  { name: 'bits', module: 'packages/relbias/test/drawn/bits.ts', what: 'every backend has the bits of the reference' },
  {
    name: 'caches',
    module: 'packages/kernels-cpu/test/drawn/caches.ts',
    what: 'key/value caches have the bits of the full pass',
  },
  { name: 'neighbours', module: 'packages/kernels-cpu/test/drawn/neighbours.ts', what: 'rows do not depend on other rows' },
  { name: 'files', module: 'packages/relbias/test/drawn/files.ts', what: 'malformed files are read correctly or refused' },
];
