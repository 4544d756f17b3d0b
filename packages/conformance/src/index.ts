// The public face of @relbias/conformance.
export {};
