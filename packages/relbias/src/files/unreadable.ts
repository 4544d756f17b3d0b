// A file-system error in our own words: its code says why.
import { ParameterError } from '@relbias/bias-spec';

export function unreadable(where: string, error: unknown): ParameterError {
  const code = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
  const got = code === 'ENOENT' ? 'no such file' : code === 'EISDIR' ? 'a folder' : `a file that cannot be read (${code})`;
  return new ParameterError({ what: where, got, wanted: 'a readable file' });
}
