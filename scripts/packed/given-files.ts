// The files that a document says its reader has: tensors in the formats that the program reads, a family's parameters, a backend.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeTensors } from '../../packages/relbias/dist/files/write.js';

const INPUT = [2, 2, 512, 8]; // [batch, heads, tokens, headDim]
const T5_TABLE = [32, 2]; // [buckets, heads]

type Shapes = Readonly<Record<string, readonly number[]>>;

/** Names and shapes of the tensors in a file. */
const TENSORS: Readonly<Record<string, Shapes>> = {
  'q.npy': { query: INPUT },
  'k.npy': { key: INPUT },
  'v.npy': { value: INPUT },
  'qkv.npz': { query: INPUT, key: INPUT, value: INPUT },
  'qkv.safetensors': { query: INPUT, key: INPUT, value: INPUT },
  'model.safetensors': {
    'decoder.bias': T5_TABLE,
    'decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight': T5_TABLE,
  },
};

const TEXTS: Readonly<Record<string, string>> = {
  'fire.json': JSON.stringify({ w1: [1, -1], b1: [0, 0.5], w2: [-2, 1, 0.5, -1], b2: [0, 0.25], threshold: 8 }),
  'my-backend.js': "export { naiveBackend as default } from '@relbias/conformance';\n",
};

/** Writes a given file into a folder. */
export async function writeGiven(folder: string, name: string): Promise<void> {
  const target = path.join(folder, name);
  if (Object.hasOwn(TEXTS, name)) {
    writeFileSync(target, TEXTS[name]);
  } else if (Object.hasOwn(TENSORS, name)) {
    const tensors = Object.entries(TENSORS[name]).map(([tensor, shape]) => [tensor, stored(shape)] as const);
    await writeTensors(name, target, Object.fromEntries(tensors));
  } else {
    throw new Error(`got given: ${name}, want one of ${[...Object.keys(TENSORS), ...Object.keys(TEXTS)].join(', ')}`);
  }
}

/** A tensor of small numbers that differ from element to element. */
function stored(shape: readonly number[]): { elements: 'float32'; shape: readonly number[]; bytes: Uint8Array } {
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, index) => Math.sin(index));
  return { elements: 'float32', shape, bytes: new Uint8Array(data.buffer) };
}
