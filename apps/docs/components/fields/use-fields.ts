// The settings of an explorer as its fields hold them: what was typed, the last value that was accepted, and why a text was refused.
// Accepted values that differ from the default are in the URL of the page, so a view can be shared: `?heads=12&axis=log`.
import { onMounted, reactive, watch } from 'vue';
import type { Setting, SettingValue } from './settings.ts';

/** What a field component needs of the settings: everything by name, as text. */
export interface FieldSet {
  readonly settings: Readonly<Record<string, Setting<SettingValue>>>;
  /** What each field shows. */
  readonly typed: Readonly<Record<string, string>>;
  /** Why the text of a field was refused; empty where it was accepted. */
  readonly problems: Readonly<Record<string, string>>;
  /** Accepts a text, or keeps the last accepted value and says what was wanted. */
  enter(name: string, text: string): void;
}

type Settings = Readonly<Record<string, Setting<SettingValue>>>;
type Values<S extends Settings> = { -readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

export interface Fields<S extends Settings> extends FieldSet {
  /** The accepted values. Assigning one fills its field. */
  readonly values: Values<S>;
}

/**
 * Fields that hold what the address says, or their defaults.
 *
 * @param isServerRendered - the server writes the page too, with the defaults: the address is read once the page has come alive.
 */
export function useFields<S extends Settings>(settings: S, isServerRendered = false): Fields<S> {
  const each = Object.entries(settings);
  const values = reactive(Object.fromEntries(each.map(([name, { usual }]) => [name, usual])));
  const typed = reactive(Object.fromEntries(each.map(([name, { usual }]) => [name, String(usual)])));
  const problems = reactive(Object.fromEntries(each.map(([name]) => [name, ''])));

  function enter(name: string, text: string): void {
    const setting = settings[name];
    const value = setting.read(text);
    typed[name] = text;
    if (value === undefined) {
      problems[name] = `Got ${text === '' ? 'no value' : text}, wanted ${setting.wanted}. ${String(values[name])} stays in use.`;
      return;
    }
    problems[name] = '';
    // A list that holds the same is the same.
    if (String(values[name]) !== String(value)) values[name] = value;
  }

  const readAddress = (): void => {
    const address = new URLSearchParams(location.search);
    for (const [name] of each) {
      const text = address.get(name);
      if (text !== null) enter(name, text);
    }
  };
  if (isServerRendered) onMounted(readAddress);
  else readAddress();
  watch(values, () => {
    for (const [name, setting] of each) {
      // A value that was assigned, not typed, replaces what its field shows.
      if (String(setting.read(typed[name])) === String(values[name]) || problems[name] !== '') continue;
      typed[name] = String(values[name]);
    }
    write();
  });

  function write(): void {
    const given = new URLSearchParams(location.search);
    for (const [name, { usual }] of each) {
      if (String(values[name]) === String(usual)) given.delete(name);
      else given.set(name, String(values[name]));
    }
    const query = given.size > 0 ? `?${given}` : '';
    // VitePress keeps its own state in the history entry.
    history.replaceState(history.state, '', `${location.pathname}${query}${location.hash}`);
  }

  return { settings, values: values as Values<S>, typed, problems, enter };
}
