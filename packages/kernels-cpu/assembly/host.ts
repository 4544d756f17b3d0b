// What the module asks of its host, next to memory. The name of this file is the import's module name.

/** Natural logarithm, once a row: JavaScript's own, so that no table of logarithms travels with the module. */
export declare function log(x: f64): f64;
