// The error of those who use what was disposed.
import { DeviceLostError } from '@relbias/bias-spec';

export function gone(what: string, thing: string, hint: string = 'Prepare it anew.'): DeviceLostError {
  return new DeviceLostError({ what, got: `a disposed ${thing}`, wanted: 'a live one', hint });
}
