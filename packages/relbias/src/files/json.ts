// JSON of files, read strictly: JSON.parse silently keeps the last of two equal keys, and accepts nesting of any depth.
import { ParameterError } from '@relbias/bias-spec';
import { printable } from './printable.ts';

/** Deeper than any file that this package reads: parameters are lists of layers of matrices. */
const MAX_DEPTH = 16;

/** Escaped characters, and all that opens or closes something. One character or two: a match of unknown length would need backtracking. */
const MARKS = /\\.|["[\]{}:]/gs;

/** The brackets, braces and colons outside strings, and each string with its quotes. In valid JSON, escapes are in strings only. */
function* tokensOf(text: string): Generator<string> {
  let opened = -1;
  for (const { 0: mark, index } of text.matchAll(MARKS)) {
    if (mark === '"') {
      if (opened !== -1) yield text.slice(opened, index + 1);
      opened = opened === -1 ? index : -1;
    } else if (opened === -1) {
      yield mark;
    }
  }
}

/**
 * Parses JSON from the bytes of a file.
 *
 * @param wanted - what the file should be, for errors.
 * @throws ParameterError for anything but JSON in UTF-8, for a key that an object has twice, and for deep nesting.
 */
export function parseJson(what: string, bytes: Uint8Array, wanted: string): unknown {
  const text = decode(what, bytes, wanted);
  // Before parsing: deep nesting takes many times the memory of its text.
  requireShallow(what, text, wanted);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ParameterError({ what, got: `invalid JSON (${printable((error as Error).message, 160)})`, wanted });
  }
  requireDistinctKeys(what, text, wanted);
  return parsed;
}

function decode(what: string, bytes: Uint8Array, wanted: string): string {
  try {
    // Leaves out a byte order mark at the start, which Windows PowerShell writes and JSON.parse refuses.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    // With replacement characters, two different names could become one.
    throw new ParameterError({ what, got: 'a text that is not UTF-8', wanted });
  }
}

function requireShallow(what: string, text: string, wanted: string): void {
  let depth = 0;
  for (const token of tokensOf(text)) {
    if (token === '[' || token === '{') depth++;
    if (token === ']' || token === '}') depth--;
    if (depth > MAX_DEPTH) {
      throw new ParameterError({ what, got: `JSON nested deeper than ${MAX_DEPTH} levels`, wanted });
    }
  }
}

/** The text is valid JSON here: a string before a colon is a key of the innermost object. */
function requireDistinctKeys(what: string, text: string, wanted: string): void {
  const open: Set<string>[] = [];
  let last = '';
  for (const token of tokensOf(text)) {
    if (token === '[' || token === '{') open.push(new Set());
    else if (token === ']' || token === '}') open.pop();
    else if (token === ':') {
      // Two spellings of one key are one key: "a" and "\u0061".
      const key = JSON.parse(last) as string;
      const keys = open[open.length - 1];
      if (keys.has(key)) {
        throw new ParameterError({ what, got: `JSON that has the key "${printable(key)}" twice in one object`, wanted });
      }
      keys.add(key);
    }
    last = token;
  }
}
