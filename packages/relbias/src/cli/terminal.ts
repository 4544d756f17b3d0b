// The colours and the width of the terminal.
import { WriteStream } from 'node:tty';

/** Bits of colour to use on a stream: 1 for none, 8 for a palette of 256, 24 for true colour. Honours NO_COLOR and FORCE_COLOR. */
export function colourBits(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): 1 | 8 | 24 {
  const forced = env['FORCE_COLOR'] !== undefined;
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '' && !forced) return 1;
  if (!stream.isTTY && !forced) return 1;
  // The method reads nothing but the environment. It returns 4 for terminals that do not announce their palette, and for FORCE_COLOR=1.
  const bits = WriteStream.prototype.getColorDepth(env);
  if (bits >= 24) return 24;
  return bits >= 4 ? 8 : 1;
}

/** Columns of a stream; 80 where it is not a terminal. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.isTTY ? stream.columns || 80 : 80;
}
