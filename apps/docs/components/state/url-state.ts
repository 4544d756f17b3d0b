// A component's settings in the address of its page, so that a view can be shared: `?heads=12&axis=log`. Settings at their default are left out.
import { onMounted, reactive, watch } from 'vue';

type Setting = string | number | boolean;
type Settings = Record<string, Setting>;

/** The plain types of the defaults: a default of 3 means any number. */
type Widened<S extends Settings> = {
  -readonly [K in keyof S]: S[K] extends number ? number : S[K] extends boolean ? boolean : string;
};

/** Reactive settings that start from the address (where it names them) or the defaults, and are written back as they change. */
export function useUrlState<const S extends Settings>(defaults: S): Widened<S> {
  const state = reactive<Settings>({ ...defaults });
  const read = (): void => {
    const given = new URLSearchParams(location.search);
    for (const [name, usual] of Object.entries(defaults)) {
      const text = given.get(name);
      if (text !== null) state[name] = parse(text, usual);
    }
  };
  const write = (): void => {
    const given = new URLSearchParams(location.search);
    for (const [name, usual] of Object.entries(defaults)) {
      if (state[name] === usual) given.delete(name);
      else given.set(name, String(state[name]));
    }
    const query = given.size > 0 ? `?${given}` : '';
    // VitePress keeps its own state in the history entry.
    history.replaceState(history.state, '', `${location.pathname}${query}${location.hash}`);
  };
  if (typeof location !== 'undefined') read();
  onMounted(() => {
    watch(state, write);
  });
  return state as Widened<S>;
}

/** What an address says, if it is of the default's type; otherwise the default. */
function parse(text: string, usual: Setting): Setting {
  if (typeof usual === 'string') return text;
  if (typeof usual === 'boolean') return text === 'true' ? true : text === 'false' ? false : usual;
  const number = Number(text);
  return text.trim() !== '' && Number.isFinite(number) ? number : usual;
}
