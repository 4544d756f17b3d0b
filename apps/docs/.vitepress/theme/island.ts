// A component that arrives after the page: its code is a file of its own, fetched once the page that names it is shown. Until then, and
// where scripts do not run, its slot stands in its place.
import type { Component } from 'vue';
import { defineComponent, h, onErrorCaptured, onMounted, ref, shallowRef } from 'vue';

/** Wraps the loader of a component; attributes and slots pass through. */
export function island(load: () => Promise<{ default: Component }>): Component {
  return defineComponent({
    inheritAttrs: false,
    setup(_, { attrs, slots }) {
      const loaded = shallowRef<Component>();
      const problem = ref('');
      const report = (error: unknown): void => {
        problem.value = error instanceof Error ? error.message : String(error);
        console.error(error);
      };
      onMounted(async () => {
        try {
          loaded.value = (await load()).default;
        } catch (error) {
          report(error);
        }
      });
      onErrorCaptured((error) => {
        report(error);
        return false;
      });
      return () => {
        if (problem.value !== '') return h('p', { class: 'island problem', role: 'alert' }, `This part failed: ${problem.value}`);
        if (loaded.value) return h(loaded.value, attrs, slots);
        return h('div', { class: 'island waiting' }, slots['default']?.() ?? 'Loading …');
      };
    },
  });
}
