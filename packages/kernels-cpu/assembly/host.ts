// The functions that the module imports from its host. The name of this file is the module name of the import.

/** Natural logarithm, called once per row. JavaScript's own, so the module contains no table of logarithms. */
export declare function log(x: f64): f64;
