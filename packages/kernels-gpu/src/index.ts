// The public face of @relbias/kernels-gpu.
export {};
