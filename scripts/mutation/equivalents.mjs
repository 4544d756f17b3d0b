// Mutants that no test can tell from the code, each with the reason. An entry that matches no mutant any more, because its line has
// changed, is an error, and so is one whose mutant a test kills: neither says what is true.

/**
 * @typedef {object} Equivalent
 * @property {string} file relative to the workspace
 * @property {string} line the whole line of the source, without the spaces around it
 * @property {readonly string[]} changes as the command prints them: `code -> what it becomes`
 * @property {string} reason
 */

/** @type {readonly Equivalent[]} */
export const EQUIVALENTS = [];
