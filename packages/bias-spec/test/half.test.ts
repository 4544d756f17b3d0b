// float16 and bfloat16: every one of the 65,536 patterns of both, rounding, and comparison with Node's Float16Array if it exists.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bfloat16ToNumber, float16ToNumber, numberToBfloat16, numberToFloat16 } from '../src/index.ts';

const FORMATS = [
  { name: 'float16', widen: float16ToNumber, narrow: numberToFloat16, infinity: 0x7c00 },
  { name: 'bfloat16', widen: bfloat16ToNumber, narrow: numberToBfloat16, infinity: 0x7f80 },
] as const;

describe.each(FORMATS)('$name', ({ widen, narrow, infinity }) => {
  it('converts every pattern to its number and back', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits < 65_536; bits++) {
      const isNan = (bits & 0x7fff) > infinity;
      const number = widen(bits);
      if (isNan ? !Number.isNaN(number) || !Number.isNaN(widen(narrow(number))) : narrow(number) !== bits) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('orders numbers as their patterns are ordered', () => {
    const unordered = Array.from({ length: infinity }, (_, bits) => bits).filter((bits) => !(widen(bits + 1) > widen(bits)));
    expect(unordered).toEqual([]);
    expect(widen(infinity)).toBe(Infinity);
  });

  it('rounds ties between neighbours to the even pattern, and everything else to the nearer one', () => {
    const wrong: number[] = [];
    for (let bits = 0; bits + 1 < infinity; bits++) {
      const [low, high] = [widen(bits), widen(bits + 1)];
      const tie = (low + high) / 2;
      // A fifth of the way is far enough from the tie to survive the rounding to float32.
      const ok =
        narrow(tie) === (bits % 2 === 0 ? bits : bits + 1) &&
        narrow(low + (high - low) / 5) === bits &&
        narrow(high - (high - low) / 5) === bits + 1 &&
        narrow(-tie) === (0x8000 | narrow(tie));
      if (!ok) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it('overflows to infinity, keeps the sign of zero, and keeps NaN', () => {
    expect(narrow(3.4e38)).toBe(infinity);
    expect(narrow(-Infinity)).toBe(0x8000 | infinity);
    expect(narrow(-0)).toBe(0x8000);
    expect(Number.isNaN(widen(narrow(Number.NaN)))).toBe(true);
  });
});

it('narrows NaN to the quiet NaN of its sign, whatever else its bits hold', () => {
  expect(numberToFloat16(NaN)).toBe(0x7e00);
  expect(numberToBfloat16(NaN)).toBe(0x7fc0);
  // All bits set: adding half a unit to them would run through the exponent and out of the word.
  const [full] = new Float32Array(Uint32Array.of(0xffffffff).buffer);
  expect(numberToBfloat16(full) & 0x7fff).toBeGreaterThan(0x7f80);
});

it('float16 is infinite from 65520 on, halfway between its largest number and the next step', () => {
  expect([65519.5, 65520, -65519.5, -65520].map(numberToFloat16)).toEqual([0x7bff, 0x7c00, 0xfbff, 0xfc00]);
});

it('float16 agrees with Float16Array on any float64', () => {
  // Not in TypeScript's library yet for the targets of this workspace.
  const { Float16Array } = globalThis as unknown as {
    Float16Array: new (source: number[]) => ArrayLike<number> & ArrayBufferView;
  };
  fc.assert(
    fc.property(
      fc.oneof(fc.double(), fc.double({ min: -65_530, max: 65_530 }), fc.double({ min: -1e-4, max: 1e-4 })),
      (number) => {
        const bits = new Uint16Array(new Float16Array([number]).buffer)[0];
        expect(
          Number.isNaN(number) ? Number.isNaN(float16ToNumber(numberToFloat16(number))) : numberToFloat16(number) === bits,
        ).toBe(true);
      },
    ),
  );
});
