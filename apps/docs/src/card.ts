// The card that link previews show: an SVG of 1200 x 630 with ALiBi's curves, and the stamp of the PNG made of it, public/card.png.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { alibi } from '@relbias/bias-spec';

const KEYWORD = 'relbias-card';
const HEADS = 8;
/** The chart: where it lies, and the ranges of its axes. */
const [LEFT, TOP, WIDTH, HEIGHT] = [64, 290, 1072, 270];
const [LARGEST_DISTANCE, LOWEST_BIAS] = [64, -16];

/** As SVG, in the site's fonts if the renderer has them. */
export function cardSvg(): string {
  const bias = alibi({ heads: HEADS });
  const x = (distance: number): number => LEFT + (distance / LARGEST_DISTANCE) * WIDTH;
  const y = (value: number): number => TOP + (value / LOWEST_BIAS) * HEIGHT;
  const curves = Array.from({ length: HEADS }, (_, head) => {
    const slope = -bias.value(head, 1, 0);
    const end = Math.min(LARGEST_DISTANCE, -LOWEST_BIAS / slope);
    return `<path d="M${x(0)},${y(0)}L${x(end).toFixed(1)},${y(-slope * end).toFixed(1)}"/>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="630" viewBox="0 0 1200 630">
<style>
text { font: 26px 'IBM Plex Sans', sans-serif; fill: #464d57 }
path { fill: none; stroke: #0a6560; stroke-width: 3 }
.axis { stroke: #d9d4c5; stroke-width: 2 }
</style>
<rect width="1200" height="630" fill="#fcfbf7"/>
<rect width="1200" height="12" fill="#0a6560"/>
<text x="64" y="128" style="font: 600 84px 'IBM Plex Serif', serif; fill: #1d2228">relbias</text>
<text x="64" y="190" style="font-size: 36px; fill: #1d2228">Attention with relative position bias for TypeScript</text>
<text x="64" y="236">Exact, on the CPU and the GPU, judged by numbers of published code</text>
<path class="axis" d="M${LEFT},${TOP + HEIGHT}V${TOP}H${LEFT + WIDTH}"/>
${curves.join('\n')}
<text x="${LEFT + WIDTH}" y="${TOP + HEIGHT + 40}" text-anchor="end">ALiBi, ${HEADS} heads: bias against distance, 0 to ${LARGEST_DISTANCE}</text>
</svg>
`;
}

/** The PNG with a text chunk that holds the hash of the SVG. */
export function stamped(png: Buffer, svg: string): Buffer {
  const body = Buffer.from(`tEXt${stampOf(svg)}`, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length - 4);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  // After the signature (8 bytes) and the header chunk (25).
  return Buffer.concat([png.subarray(0, 33), length, body, checksum, png.subarray(33)]);
}

/** Whether the PNG was rendered from this SVG. */
export function isStampedFor(png: Buffer, svg: string): boolean {
  return png.subarray(0, 200).includes(stampOf(svg));
}

function stampOf(svg: string): string {
  return `${KEYWORD}\0${createHash('sha256').update(svg).digest('hex')}`;
}
