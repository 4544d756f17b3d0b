// What the profiles of numerics differ in: the arrays they send, the passes of a round, and what becomes of a row at the end.
import type { RawInputs } from '@relbias/bias-spec/backend';
import type { Resident, Shape } from './library.ts';

/** Arrays on this side, by the names under which kernels know them. */
export type HostArrays = Readonly<Record<string, { readonly data: Float32Array; readonly shape: Shape }>>;

/** The same on the device. */
type SentArrays = Readonly<Record<string, Resident>>;

/** Which rows meet which keys. Kernels that read their own last result exist twice; `turn`, 0 or 1, says whose it is. */
interface Round {
  readonly tile: number;
  readonly block: number;
  readonly turn: number;
}

interface Call {
  readonly arrays: HostArrays;
  /** Multiplications for one pair of a query and a key. */
  readonly products: number;
  /** Issues the passes over one tile and one block; gives the state of the tile's rows after it. */
  round(sent: SentArrays, state: Resident, at: Round): Promise<Resident>;
}

/** One plan under one profile. */
export interface Profile {
  arraysOfPlan(): HostArrays;
  /** @throws ParameterError where the profile cannot take a number of the inputs. */
  callOf(inputs: RawInputs): Call;
  isCompiled(): boolean;
  /** Runs the scores kernel for one pair of zeros. */
  compileScores(sent: SentArrays, zeros: Resident): Promise<unknown>;
  /** The state of rows that have seen nothing, [valueDim + 2, rows of a tile, batchHeads]. */
  start(): Promise<Resident>;
  /** Writes a row's output, and returns its log-sum-exp. The output comes filled with 0. */
  finish(state: Float32Array, output: Float32Array): number;
}
