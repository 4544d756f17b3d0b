// Checks an exact gradient against central differences of its loss.
import { CENTRAL_DIFFERENCE, STEP, isNear } from './tolerances.ts';

/**
 * What is wrong with `gradient` as d loss() / d data, one line for each wrong entry. Changes `data` in place and restores it.
 *
 * @param size - the largest derivative of the whole loss, where `data` is a part of what it depends on.
 */
export function wrongDerivatives(
  name: string,
  data: Float64Array,
  gradient: Float64Array,
  loss: () => number,
  size: number = gradient.reduce((most, one) => Math.max(most, Math.abs(one)), 0),
): string[] {
  if (gradient.length !== data.length) return [`${name}: ${gradient.length} derivatives of ${data.length} numbers`];
  const wrong: string[] = [];
  for (let index = 0; index < data.length; index++) {
    const given = data[index];
    const [up, down] = [STEP, -STEP].map((step) => {
      data[index] = given + step;
      return loss();
    });
    data[index] = given;
    const want = (up - down) / (2 * STEP);
    if (!isNear(gradient[index], want, CENTRAL_DIFFERENCE, size))
      wrong.push(`${name}[${index}]: got ${gradient[index]}, want ${want}`);
  }
  return wrong;
}
