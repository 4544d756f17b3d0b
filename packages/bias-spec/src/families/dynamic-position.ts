// Dynamic position bias: a small network with SiLU, of any depth, from distance to one bias per head.
import type { Bias, Parameter } from '../bias.ts';
import type { ParameterNumbers } from '../lists.ts';
import { MAX_HEADS, requireBoolean, requireInteger, requireKnownKeys } from '../check.ts';
import { requireNumbers, requireSomeNumbers } from '../lists.ts';
import { ParameterError, ShapeError } from '../errors.ts';
import { show } from '../show.ts';
import { learned } from '../parameters.ts';
import type { DenseLayer } from '../silu-network.ts';
import { siluGradient, siluNetwork } from '../silu-network.ts';
import { toeplitzBias } from '../toeplitz.ts';

/** The layers of the network that maps a distance to a bias. */
export interface DynamicPositionOptions {
  readonly heads: number;
  /** The layers in order. `weight` is [outputs, inputs] flat, `bias` [outputs]. The first layer has 1 input, the last `heads` outputs. */
  readonly layers: readonly { readonly weight: ParameterNumbers; readonly bias: ParameterNumbers }[];
  /** Whether the network reads sign(distance) * ln(|distance| + 1) instead of the distance; default false. */
  readonly logDistance?: boolean;
}

/**
 * bias = MLP(distance), with SiLU after every layer but the last.
 *
 * @throws ParameterError on missing layers or numbers that are not finite, ShapeError on layers that do not fit one another.
 * @see x-transformers, `DynamicPositionBias` without its optional norm; Wang et al. 2021, CrossFormer, arXiv:2108.00154, section 3.3.
 * @example
 * dynamicPosition({ heads: 1, layers: [{ weight: [-0.5], bias: [1] }] }).value(0, 4, 4); // -1
 */
export function dynamicPosition(options: DynamicPositionOptions): Bias {
  requireKnownKeys('dynamicPosition', options, ['heads', 'layers', 'logDistance']);
  const heads = requireInteger('dynamicPosition.heads', options.heads, 1, MAX_HEADS);
  const logDistance = requireBoolean('dynamicPosition.logDistance', options.logDistance ?? false);
  const layers = readLayers(options.layers, heads);
  const input = (distance: number): number => (logDistance ? Math.sign(distance) * Math.log1p(Math.abs(distance)) : distance);
  const valuesAt = (distance: number): Float64Array => siluNetwork(layers, input(distance));
  const parameters: Record<string, Parameter> = {};
  layers.forEach(({ weight, bias }, index) => {
    parameters[`weight${index}`] = learned(weight, bias.length, weight.length / bias.length);
    parameters[`bias${index}`] = learned(bias, bias.length);
  });
  return toeplitzBias({
    family: 'dynamic-position',
    heads,
    convention: 'after-scaling',
    parameters,
    value: (head, distance) => valuesAt(distance)[head],
    valuesAt,
    addGradient(gradients, weight, head, distance) {
      const into = layers.map((_, index) => ({ weight: gradients[`weight${index}`], bias: gradients[`bias${index}`] }));
      siluGradient(layers, input(distance), head, weight, into);
    },
  });
}

function readLayers(given: DynamicPositionOptions['layers'], heads: number): DenseLayer[] {
  if (!Array.isArray(given) || given.length === 0) {
    throw new ParameterError({ what: 'dynamicPosition.layers', got: show(given), wanted: 'at least one { weight, bias }' });
  }
  let inputs = 1;
  const layers = given.map((layer: DynamicPositionOptions['layers'][number], index) => {
    const what = `dynamicPosition.layers[${index}]`;
    requireKnownKeys(what, layer, ['weight', 'bias']);
    const bias = requireSomeNumbers(`${what}.bias`, layer.bias);
    const weight = requireNumbers(`${what}.weight`, layer.weight, [bias.length, inputs]);
    inputs = bias.length;
    return { weight, bias };
  });
  if (inputs === heads) return layers;
  throw new ShapeError({
    what: 'dynamicPosition.layers',
    got: `${inputs} outputs of the last layer`,
    wanted: `${heads}, one per head`,
  });
}
