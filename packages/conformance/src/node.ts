// What of @relbias/conformance needs a file system: reading folders of vectors.
export {};
