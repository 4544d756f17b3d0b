// What an unknown name of a case may have meant.
import type { Complaint } from '@relbias/bias-spec';
import { nearest } from '@relbias/bias-spec/backend';

/**
 * The hint of an error on an unknown name: the known name with the most similar spelling. The part before the first slash must be equal, so
 * it does not count as a similarity.
 */
export function meant(name: string, known: readonly { readonly name: string }[]): Pick<Complaint, 'hint'> {
  const group = /^[^/]*\//.exec(name)?.[0] ?? '';
  const names = known.map((one) => one.name).filter((one) => one.startsWith(group));
  const near = nearest(
    name.slice(group.length),
    names.map((one) => one.slice(group.length)),
  );
  return near === undefined ? {} : { hint: `Did you mean '${group}${near}'?` };
}
