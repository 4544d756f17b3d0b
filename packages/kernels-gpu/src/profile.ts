// The interface of the two numerics profiles, which differ in the arrays they upload, the passes of a round, and the last step of a row.
import type { RawInputs } from '@relbias/bias-spec/backend';
import type { Resident, Shape } from './library.ts';

/** Arrays on the host, by the names of the kernels' arguments. */
export type HostArrays = Readonly<Record<string, { readonly data: Float32Array; readonly shape: Shape }>>;

/** The same arrays on the device. */
type SentArrays = Readonly<Record<string, Resident>>;

/** One tile of rows and one block of keys. Kernels that read their own last result exist twice; `turn`, 0 or 1, selects one. */
interface Round {
  readonly tile: number;
  readonly block: number;
  readonly turn: number;
}

interface Call {
  readonly arrays: HostArrays;
  /** Multiplications per query-key pair. */
  readonly products: number;
  /** Issues the passes over one tile and one block. Returns the new state of the tile's rows. */
  round(sent: SentArrays, state: Resident, at: Round): Promise<Resident>;
}

/** One plan under one profile. */
export interface Profile {
  arraysOfPlan(): HostArrays;
  /** @throws ParameterError for inputs that the profile cannot represent. */
  callOf(inputs: RawInputs): Call;
  isCompiled(): boolean;
  /** Runs the scores kernel for one pair of zeros. */
  compileScores(sent: SentArrays, zeros: Resident): Promise<unknown>;
  /** The initial state of the rows of a tile, [valueDim + 2, rows of a tile, batchHeads]. */
  start(): Promise<Resident>;
  /** Writes the output of a row, which is filled with 0 before, and returns its log-sum-exp. */
  finish(state: Float32Array, output: Float32Array): number;
}
