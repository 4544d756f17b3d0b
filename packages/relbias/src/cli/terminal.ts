// What the terminal can do: its colours and its width.
import { WriteStream } from 'node:tty';

/** How many bits of colour to use on a stream: 1 for none, 8 for a palette of 256, 24 for all. Honours NO_COLOR and FORCE_COLOR. */
export function colourBits(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): 1 | 8 | 24 {
  const forced = env['FORCE_COLOR'] !== undefined;
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '' && !forced) return 1;
  if (!stream.isTTY && !forced) return 1;
  // Node knows the terminals; the method reads nothing but the environment. 4 is what it says of terminals that merely do not
  // announce their palette, and of FORCE_COLOR=1.
  const bits = WriteStream.prototype.getColorDepth(env);
  if (bits >= 24) return 24;
  return bits >= 4 ? 8 : 1;
}

/** Columns of a stream; 80 where it is no terminal. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : 80;
}
