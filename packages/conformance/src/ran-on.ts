// Reads what a backend says about itself, safely whatever it contains.
import type { Backend, RanOn } from '@relbias/bias-spec';
import { printable, show } from '@relbias/bias-spec/backend';
import { WrongAnswer } from './foreign.ts';

/** Each field, read once; the cases judge the values. @throws WrongAnswer unless it is an object. */
export function copyOfRanOn(what: string, ranOn: RanOn): RanOn {
  if (ranOn === null || typeof ranOn !== 'object') {
    throw new WrongAnswer(`${what}: got ${show(ranOn)}, want { backend, kernel, device, arithmetic }.`);
  }
  const { backend, kernel, device, variant, threads, arithmetic } = ranOn;
  return {
    backend,
    kernel,
    device,
    ...(variant === undefined ? {} : { variant }),
    ...(threads === undefined ? {} : { threads }),
    arithmetic,
  };
}

/**
 * The `ranOn` of a backend as a report prints it. Fields that are not text, or that cannot be read, are `unnamed`.
 *
 * @example
 * printableRanOn(naiveBackend()).kernel; // 'rows'
 */
export function printableRanOn(backend: Backend): RanOn {
  let ranOn: Partial<RanOn> = {};
  try {
    ranOn = copyOfRanOn('ranOn', backend.ranOn);
  } catch {
    // The case claims/ran-on fails for that; the report has the words below.
  }
  const { threads, variant } = ranOn;
  const text = (name: 'backend' | 'kernel' | 'device' | 'arithmetic'): string =>
    typeof ranOn[name] === 'string' ? printable(ranOn[name]) : 'unnamed';
  return {
    backend: text('backend'),
    kernel: text('kernel'),
    device: text('device'),
    ...(typeof variant === 'string' ? { variant: printable(variant) } : {}),
    ...(typeof threads === 'number' ? { threads } : {}),
    arithmetic: text('arithmetic') as RanOn['arithmetic'],
  };
}
