// A page without the GPU package: attention on the CPU, and the error when it asks for a GPU.
import { createBackend } from 'relbias';
import { attendOnCpu } from './attend.js';

globalThis.answer = (async () => ({
  outputs: await attendOnCpu(),
  refusal: await createBackend('gpu:webgl2').then(
    () => 'no refusal',
    (error) => `${error.name}: ${error.message}`,
  ),
}))();
