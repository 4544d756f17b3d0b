// Typed arrays over an ArrayBuffer, never a SharedArrayBuffer: the type of what relbias returns. WebGPU's writeBuffer, Blob and others take
// no other. Written as the return type of `of`, which TypeScript 5.7 and later read as Float32Array<ArrayBuffer>, and older ones as Float32Array.

/** A Float32Array over an ArrayBuffer. */
export type OwnFloat32Array = ReturnType<typeof Float32Array.of>;

/** A Float64Array over an ArrayBuffer. */
export type OwnFloat64Array = ReturnType<typeof Float64Array.of>;

/** An Int32Array over an ArrayBuffer. */
export type OwnInt32Array = ReturnType<typeof Int32Array.of>;
