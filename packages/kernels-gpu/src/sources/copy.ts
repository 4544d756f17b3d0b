// Copies an array. It uploads arrays, which gpu.js would otherwise send again with every call, and reads results back.
import type { Pass } from './pass.ts';

export const copyPass: Pass<'source'> = {
  name: 'copy',
  parameters: ['source'],
  functions: [],
  body: 'return source[this.thread.z][this.thread.y][this.thread.x];',
};
