// Splits a stream into lines. A line without an end is passed on in pieces, which bounds the memory.
import type { Readable } from 'node:stream';

/** In characters; longer than any answer. */
const MAX_LINE = 2 ** 22;

export function onLines(stream: Readable, take: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(line);
    if (rest.length < MAX_LINE) return;
    take(rest);
    rest = '';
  });
  stream.on('end', () => rest !== '' && take(rest));
  stream.on('error', () => {});
}
