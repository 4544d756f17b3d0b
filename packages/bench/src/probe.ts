// The limit: the float32 operations per second that one core reaches in WebAssembly SIMD with multiplications and additions only, in this process
// and under its engine flags. The module is assembled here byte by byte.
import { varint } from './varint.ts';

/**
 * Six chains of multiplications and six of additions, each in a register: an operation takes about three cycles, and two of each kind can start
 * in every cycle. More chains would not fit the registers; a multiply-add per chain would measure latency instead.
 */
const CHAINS = 12;
const LANES = 4;
const VECTOR_BYTES = 16;
/** Unrolled, so the loop counter costs little. */
const STEPS_PER_ITERATION = 4;
/** About half a millisecond. */
const ITERATIONS = 60_000;
const WARM_UP_RUNS = 40;

/** Runs once and returns the rate in GFLOP/s. */
export type Probe = () => number;

/**
 * The faster of two modules: one with single vectors, one with pairs of neighbours, which V8's revectorizer merges into 256-bit operations (without
 * it they need too many registers). Call it after engine flags are set, because it compiles.
 */
export async function createProbe(): Promise<Probe> {
  const runs = [instantiate(1), instantiate(2)];
  for (let n = 0; n < WARM_UP_RUNS; n++) {
    for (const run of runs) run();
    // The optimising compiler works on another thread and hands over between calls.
    await new Promise(setImmediate);
  }
  return () => Math.max(...runs.map((run) => run()));
}

/** @param width vectors in a chain */
function instantiate(width: number): Probe {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(probeModule(width)));
  const memory = exports['memory'] as WebAssembly.Memory;
  const loop = exports['loop'] as (iterations: number) => void;
  // Products of ones stay 1 and sums of ones stop at 2^24, so there are no subnormal numbers and no infinities.
  new Float32Array(memory.buffer).fill(1);
  const operations = LANES * width * CHAINS * STEPS_PER_ITERATION * ITERATIONS;
  return () => {
    const start = performance.now();
    loop(ITERATIONS);
    return operations / (performance.now() - start) / 1e6;
  };
}

/** \0asm, version 1 */
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const [I32, V128] = [0x7f, 0x7b];
const [LOOP, AGAIN_IF, END] = [[0x03, 0x40], [0x0d, 0], 0x0b];
const ZERO = [0x41, 0];
const [LOAD, STORE] = [
  [0xfd, 0x00],
  [0xfd, 0x0b],
];
const [MULTIPLY, ADD] = [
  [0xfd, 0xe6, 0x01],
  [0xfd, 0xe4, 0x01],
];
/** count = count - 1, and leaves it on the stack. */
const COUNT_DOWN = [...get(0), 0x41, 1, 0x6b, 0x22, 0];

/**
 * Exports `memory` and `loop(iterations)`. Local 0 is the count; then come the chains, the factor and the summand, `width` vectors each. Even
 * the last two are read from memory: V8 would rebuild constants at every use, and the probe would measure that.
 */
function probeModule(width: number): Uint8Array<ArrayBuffer> {
  const vectors = list((CHAINS + 2) * width, (n) => 1 + n);
  const factor = 1 + CHAINS * width;
  const summand = factor + width;
  const step = list(CHAINS * width, (n) => {
    const part = n % width;
    const chain = get(1 + n);
    const isProduct = ((n - part) / width) % 2 === 0;
    return [...chain, ...(isProduct ? [...get(factor + part), ...MULTIPLY] : [...get(summand + part), ...ADD]), ...set(1 + n)];
  }).flat();
  const code = [
    1, // one run of locals of one type
    ...varint(vectors.length),
    V128,
    ...vectors.flatMap((local) => [...ZERO, ...LOAD, ...place(local), ...set(local)]),
    ...LOOP,
    ...list(STEPS_PER_ITERATION, () => step).flat(),
    ...COUNT_DOWN,
    ...AGAIN_IF,
    END,
    // Side by side, which is where the revectorizer starts from.
    ...vectors.flatMap((local) => [...ZERO, ...get(local), ...STORE, ...place(local)]),
    END,
  ];
  return Uint8Array.from([
    ...HEADER,
    ...section(1, [1, 0x60, 1, I32, 0]), // one type: (i32) -> ()
    ...section(3, [1, 0]), // one function of it
    ...section(5, [1, 0, 1]), // one memory of one page
    ...section(7, [2, ...name('memory'), 2, 0, ...name('loop'), 0, 0]),
    ...section(10, [1, ...varint(code.length), ...code]),
  ]);
}

function list<T>(length: number, make: (index: number) => T): T[] {
  return Array.from({ length }, (_, index) => make(index));
}

function get(local: number): number[] {
  return [0x20, ...varint(local)];
}

function set(local: number): number[] {
  return [0x21, ...varint(local)];
}

/** A vector's own place in memory: alignment 2^4, and offset. */
function place(local: number): number[] {
  return [4, ...varint(local * VECTOR_BYTES)];
}

function name(text: string): number[] {
  return [text.length, ...new TextEncoder().encode(text)];
}

function section(id: number, content: number[]): number[] {
  return [id, ...varint(content.length), ...content];
}
