// Which JavaScript runtime this is. Only the hints of error messages depend on it.

interface Globals {
  readonly process?: { readonly type?: string; readonly versions?: { readonly node?: string } };
  readonly navigator?: { readonly userAgent?: string };
  readonly document?: unknown;
  readonly importScripts?: unknown;
}

/** How the error messages call it, and which kind it is. An `edge` runtime never compiles WebAssembly and starts no workers. */
export interface Runtime {
  readonly name: string;
  readonly kind: 'edge' | 'server' | 'browser' | 'other';
}

/** Detects the JavaScript runtime of this program. */
export function runtime(): Runtime {
  const { process, navigator, document, importScripts } = globalThis as Globals;
  // Edge runtimes first, because they may imitate Node.
  if (navigator?.userAgent === 'Cloudflare-Workers') return { name: 'Cloudflare Workers (workerd)', kind: 'edge' };
  if ('EdgeRuntime' in globalThis) return { name: 'this edge runtime', kind: 'edge' };
  for (const name of ['Deno', 'Bun']) if (name in globalThis) return { name, kind: 'server' };
  // An Electron renderer has Node's globals and the rules of a page.
  if (process?.versions?.node !== undefined && process.type !== 'renderer') return { name: 'Node', kind: 'server' };
  if (document !== undefined || importScripts !== undefined) return { name: 'this browser', kind: 'browser' };
  return { name: 'this runtime', kind: 'other' };
}
