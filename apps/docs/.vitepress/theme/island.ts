// A component that loads after the page: its code is a file of its own, fetched once the page that names it is shown. Until then, and where
// scripts do not run, its slot is shown instead, and parts.css reserves the height that the component will take.
import type { Component } from 'vue';
import { defineComponent, h, onErrorCaptured, onMounted, ref, shallowRef } from 'vue';

/** Wraps the loader of a component; attributes and slots pass through. The placeholder has the class `waiting` and the component's name. */
export function island(name: string, load: () => Promise<{ default: Component }>): Component {
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
        const fallback = slots['default']?.() ?? [
          h('p', { class: 'with-scripts' }, 'Loading …'),
          h('noscript', 'This part needs JavaScript.'),
        ];
        return h('div', { class: ['island', 'waiting', name] }, fallback);
      };
    },
  });
}
