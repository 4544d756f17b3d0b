// What the module exports. Memory is imported: its owner also holds caches, and several modules can share it.
export { attend } from './attend';
export { canonicalise } from './canonical';
export { putKeyNorms } from './negligible';
export { appendPanels, clearPanel, packPanels, packedBytes, padRows, widenHalves } from './pack';
export { paddedColumns, scratchBytes } from './scratch';
export { rowBlockBytes } from './row-block';
export { putTableMaxima } from './table-maxima';
export { hasSafeMagnitudes } from './magnitudes';

/** The first byte behind the constants that instantiation writes into the memory. */
export function constantsEnd(): usize {
  return __heap_base;
}
