// The exports of the module. Memory is imported, because its owner also keeps caches in it, and several instances can share it.
export { attend } from './attend';
export { canonicalise } from './canonical';
export { putKeyNorms } from './negligible';
export { appendPanels, clearPanel, packPanels, packedBytes, padRows, widenHalves } from './pack';
export { paddedColumns, scratchBytes } from './scratch';
export { rowBlockBytes } from './row-block';
export { putTableMaxima } from './table-maxima';
export { hasSafeMagnitudes } from './magnitudes';

/** The first address after the constants that instantiation writes into the memory. */
export function constantsEnd(): usize {
  return __heap_base;
}
