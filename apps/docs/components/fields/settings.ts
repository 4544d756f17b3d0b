// What a field of an explorer accepts: its default, the values it takes in words, and how its text is read. No Vue, no page.

export type SettingValue = string | number | boolean | readonly string[];

/** One setting. `read` returns undefined for a text that is not a value of it. */
export interface Setting<T extends SettingValue> {
  readonly usual: T;
  /** What `read` accepts, for messages: `an integer from 1 to 64`. */
  readonly wanted: string;
  read(text: string): T | undefined;
}

/** A number within a range. */
export interface NumberSetting extends Setting<number> {
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

/** One of a few values. */
export interface ChoiceSetting<T extends string | number> extends Setting<T> {
  readonly choices: readonly T[];
}

/** An integer from `least` to `most`. */
export function integer(usual: number, least: number, most: number): NumberSetting {
  return { ...range(usual, least, most, Number.isSafeInteger), wanted: `an integer from ${least} to ${most}`, whole: true };
}

/** A number from `least` to `most`. */
export function decimal(usual: number, least: number, most: number): NumberSetting {
  return { ...range(usual, least, most, Number.isFinite), wanted: `a number from ${least} to ${most}`, whole: false };
}

function range(
  usual: number,
  least: number,
  most: number,
  accepts: (value: number) => boolean,
): Omit<NumberSetting, 'wanted' | 'whole'> {
  return {
    usual,
    least,
    most,
    read(given) {
      const value = given.trim() === '' ? Number.NaN : Number(given);
      return accepts(value) && value >= least && value <= most ? value + 0 : undefined;
    },
  };
}

/** One of `choices`. */
export function choice<const T extends string | number>(usual: NoInfer<T>, choices: readonly T[]): ChoiceSetting<T> {
  return {
    usual,
    choices,
    wanted: `one of ${choices.map((one) => one || '(empty)').join(', ')}`,
    read: (given) => choices.find((one) => String(one) === given),
  };
}

/** Any text; the code that uses it checks it. */
export function text(usual: string): Setting<string> {
  return { usual, wanted: 'a text', read: (given) => given };
}

/** On or off. */
export function flag(usual: boolean): Setting<boolean> {
  return { usual, wanted: 'true or false', read: (given) => ({ true: true, false: false })[given] };
}

/** Some of `names`, separated by commas; may be empty. */
export function someOf(usual: readonly string[], names: readonly string[]): Setting<readonly string[]> {
  return {
    usual,
    wanted: `some of ${names.join(', ')}`,
    read(given) {
      const parts = given === '' ? [] : given.split(',');
      // In the order of `names`, so equal choices have equal URLs.
      return parts.every((one) => names.includes(one)) ? names.filter((one) => parts.includes(one)) : undefined;
    },
  };
}
