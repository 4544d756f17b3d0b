// The start-up proof: before its first problem in the reproducible profile, a backend computes the cases of proof-cases.ts on its device, and
// refuses the profile if a bit differs.
import { UnsupportedError, isPromise } from '../errors.ts';
import { planAttention } from '../plan.ts';
import { shapesOf } from '../problem.ts';
import { reproducibleAttention } from './attention.ts';
import { hashWords, hexWord } from './hash.ts';
import type { Proof, ProofCall } from './proof-cases.ts';
import { PROOFS } from './proof-cases.ts';

/** The part of a result that a proof compares. */
export interface ProofResult {
  readonly output: { readonly data: Float32Array };
  readonly logSumExp?: { readonly data: Float32Array };
}

/**
 * Proves a device: runs every case and compares bits. Synchronous if `run` is.
 *
 * @param what - the backend, for the error: `gpu.js webgpu`.
 * @param run - computes one case, log-sum-exp included, in the way that the backend computes every problem.
 * @throws UnsupportedError naming the case and the first bit that differs; whatever `run` throws.
 * @example
 * await proveDevice('my backend', async ({ problem, query, key, value }) => {
 *   const { output, logSumExp } = reproducibleAttention(planAttention(problem), query, key, value);
 *   return { output: { data: output }, logSumExp: { data: logSumExp } };
 * });
 */
export function proveDevice(what: string, run: (call: ProofCall) => ProofResult): void;
export function proveDevice(what: string, run: (call: ProofCall) => Promise<ProofResult>): Promise<void>;
export function proveDevice(what: string, run: (call: ProofCall) => ProofResult | Promise<ProofResult>): void | Promise<void>;
export function proveDevice(what: string, run: (call: ProofCall) => ProofResult | Promise<ProofResult>): void | Promise<void> {
  const proveFrom = (first: number): void | Promise<void> => {
    for (let index = first; index < PROOFS.length; index++) {
      const proof = PROOFS[index];
      const call = proof.make();
      const result = run(call);
      if (isPromise(result)) {
        return Promise.resolve(result).then((later) => {
          requireProof(what, proof, call, later);
          return proveFrom(index + 1);
        });
      }
      requireProof(what, proof, call, result);
    }
    return undefined;
  };
  return proveFrom(0);
}

/** The hash of a result: of the output, then of the log-sum-exp. */
function hashOf(output: Float32Array, logSumExp: Float32Array): number {
  return hashWords(logSumExp, hashWords(output));
}

function requireProof(what: string, { name, hash }: Proof, call: ProofCall, { output, logSumExp }: ProofResult): void {
  if (logSumExp !== undefined && hashOf(output.data, logSumExp.data) === hash) return;
  throw new UnsupportedError({
    what: `${what}: numerics: "reproducible"`,
    got:
      logSumExp === undefined ? `no log-sum-exp in the proof ${name}` : firstDifference(name, call, output.data, logSumExp.data),
    wanted: 'the bits that the profile promises on every device',
    hint: 'This device rounds or orders operations differently; use numerics: "fast" on it, or another backend.',
  });
}

/** Runs the reference only after a difference: devices that agree do not pay for it. */
function firstDifference(name: string, call: ProofCall, output: Float32Array, logSumExp: Float32Array): string {
  const plan = planAttention(call.problem);
  const wanted = reproducibleAttention(plan, call.query, call.key, call.value);
  const tensors = [
    ['output', output, wanted.output, shapesOf(plan).output],
    ['logSumExp', logSumExp, wanted.logSumExp, shapesOf(plan).logSumExp],
  ] as const;
  for (const [tensor, got, want, shape] of tensors) {
    if (got.length !== want.length) return `${got.length} numbers of ${tensor} in the proof ${name}`;
    const [gotWords, wantWords] = [wordsOf(got), wordsOf(want)];
    const index = wantWords.findIndex((word, place) => word !== gotWords[place]);
    if (index < 0) continue;
    const place = unravelled(index, shape).join(', ');
    return `${tensor}[${place}] = 0x${hexWord(gotWords[index])} instead of 0x${hexWord(wantWords[index])} in the proof ${name}`;
  }
  // The reference runs on this machine too: if it agrees with the device but not with the recorded hash, the engine is at fault.
  return `bits that differ from the recorded hash, from both the device and the reference, in the proof ${name}`;
}

function wordsOf({ buffer, byteOffset, length }: Float32Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length);
}

function unravelled(flat: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = flat;
  for (const extent of shape.toReversed()) {
    index.unshift(rest % extent);
    rest = Math.floor(rest / extent);
  }
  return index;
}
