// One number for one number. As an upload it makes an array resident, which gpu.js would otherwise send again with every call; as a
// read it brings a result back.
import type { Pass } from './pass.ts';

export const copyPass: Pass<'source'> = {
  name: 'copy',
  parameters: ['source'],
  functions: [],
  body: 'return source[this.thread.z][this.thread.y][this.thread.x];',
};
