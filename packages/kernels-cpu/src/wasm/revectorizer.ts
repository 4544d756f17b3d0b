// V8's revectorizer: makes one 256-bit operation of two neighbouring ones of 128 bits when it compiles WebAssembly. It is experimental,
// off by default, a matter of the whole process, and in Node 24 and later.
import { UnsupportedError } from '@relbias/bias-spec';

const FLAG = '--experimental-wasm-revectorize';
const FIRST_NODE = 24;

/** What is used of Node. getBuiltinModule instead of an import, which bundlers for browsers would stumble over. */
interface NodeProcess {
  readonly versions?: { readonly node?: string };
  getBuiltinModule?(name: 'node:v8'): { setFlagsFromString(flag: string): void } | undefined;
}

/** Turns it on for everything that this process compiles from now on. @throws UnsupportedError where there is none. */
export function turnOnRevectorizer(): void {
  const { process } = globalThis as { process?: NodeProcess };
  const version = process?.versions?.node;
  const v8 = process?.getBuiltinModule?.('node:v8');
  if (version === undefined || v8 === undefined || Number.parseInt(version, 10) < FIRST_NODE) {
    throw new UnsupportedError({
      what: 'createCpuBackend.revectorize',
      got: version === undefined ? 'an engine whose flags a program cannot set' : `Node ${version}`,
      wanted: `Node ${FIRST_NODE} or later`,
      hint: 'Without it, the best kernel for this engine is chosen.',
    });
  }
  v8.setFlagsFromString(FLAG);
}
