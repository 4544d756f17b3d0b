// The size limits of bundles with one import, gzipped. Each limit is about 2 % above the size when it was set.
//
// One family was limited to 4 kB, and kernels-cpu to 52 kB. Every family now also contains the code for its error messages. In a
// bundle of ALiBi, suggesting the option that was meant takes 0.8 kB, reading tensors of any library as parameters 1.3 kB, and printing any
// value in an error without throwing 0.4 kB; the last two existed before, smaller. Saying how to
// convert arrays of bytes, of BigInts and of TensorFlow.js, and more names of other libraries, take 0.35 kB.
const family = { path: 'packages/bias-spec/dist/index.js', gzip: true };

export default [
  { ...family, name: 'one family, imported from bias-spec: ALiBi', import: '{ alibi }', limit: '5.7 kB' },
  { ...family, name: 'one family, imported from bias-spec: T5', import: '{ t5 }', limit: '6.4 kB' },
  { ...family, name: 'one family, imported from bias-spec: FIRE', import: '{ fire }', limit: '6.25 kB' },
  {
    name: 'kernels-cpu: three builds of its WebAssembly, threads, the cache and the reproducible profile',
    path: 'packages/kernels-cpu/dist/index.js',
    import: '*',
    gzip: true,
    limit: '56 kB',
  },
];
