// Tensor files without a file system: bytes of .npy and .safetensors in, tensors out. Runs in pages, workers and Node. The program `relbias`
// uses the same readers; .npz needs a zip reader and is read by the program alone.
export type { ByteSource, ReadLimits } from './byte-source.ts';
export type { InputTensors } from './attention-inputs.ts';
export { INPUT_NAMES, alignInputs } from './attention-inputs.ts';
export type { ElementName, StoredTensor } from './element-types.ts';
export { toNumbers, toTensor } from './element-types.ts';
export { decodeNpy, encodeNpy } from './npy.ts';
export type { SafetensorsFile } from './safetensors-bytes.ts';
export { readSafetensors } from './safetensors-bytes.ts';
export type { SafetensorsHeader } from './safetensors.ts';
export { encodeSafetensors, readSafetensor, readSafetensorsHeader } from './safetensors.ts';
