// How the lines of a chart stay distinct without colour vision: six colours that differ for every kind of it (the test simulates
// deuteranopia and protanopia), five dash patterns and seven markers. 5, 6 and 7 have no common factor, so 210 lines differ.

/** Colours of the theme, `--rb-line-1` to `--rb-line-6` in tokens.css. */
export const COLOURS = 6;

const DASHES = ['', '7 4', '2 3', '10 3 2 3', '14 4'];

/** Marks of about 9 pixels around 0, 0, as SVG paths. */
const MARKS = [
  'M-4,0A4,4 0 1 0 4,0A4,4 0 1 0 -4,0Z',
  'M-3.6,-3.6H3.6V3.6H-3.6Z',
  'M0,-4.8L4.6,3.4H-4.6Z',
  'M0,-5.2L4.4,0L0,5.2L-4.4,0Z',
  'M0,4.8L4.6,-3.4H-4.6Z',
  'M-4.4,-1.6H-1.6V-4.4H1.6V-1.6H4.4V1.6H1.6V4.4H-1.6V1.6H-4.4Z',
  'M0,-5L1.4,-1.8H4.9L2.2,0.5L3.1,4L0,2L-3.1,4L-2.2,0.5L-4.9,-1.8H-1.4Z',
];

/** What distinguishes one line from the others. */
export interface Cue {
  readonly colour: string;
  readonly dash: string;
  readonly mark: string;
}

/** The cues of the line of that number, from 1. */
export function cueOf(line: number): Cue {
  const of = <T>(all: readonly T[]): T => all[(line - 1) % all.length];
  return { colour: `var(--rb-line-${((line - 1) % COLOURS) + 1})`, dash: of(DASHES), mark: of(MARKS) };
}
