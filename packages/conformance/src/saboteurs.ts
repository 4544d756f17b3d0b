// Backends that are wrong on purpose, each of which the suite must catch.
export {};
