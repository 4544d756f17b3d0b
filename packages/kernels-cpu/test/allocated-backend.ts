// A backend that runs float32 problems on allocated tensors. Not a test.
import type { Backend } from '@relbias/bias-spec';
import { shapesOf } from '@relbias/bias-spec';
import { requireTensor } from '@relbias/bias-spec/backend';
import type { CpuBackend } from '@relbias/kernels-cpu';

export function allocatedBackend(inner: CpuBackend): Backend {
  return {
    ranOn: inner.ranOn,
    async prepare(problem) {
      const prepared = await inner.prepare(problem);
      return {
        plan: prepared.plan,
        gradient: null,
        async run(query, key, value, options) {
          const shapes = shapesOf(prepared.plan);
          const given = {
            query: requireTensor('query', query, shapes.query),
            key: requireTensor('key', key, shapes.key),
            value: requireTensor('value', value, shapes.value),
          };
          const tensors = [given.query, given.key, given.value];
          if (tensors.some(({ dtype }) => dtype !== 'float32')) return prepared.run(query, key, value, options);
          const own = prepared.allocate();
          [own.query, own.key, own.value].forEach(({ data }, index) => data.set(tensors[index].data));
          return prepared.run(own.query, own.key, own.value, options);
        },
        dispose: () => prepared.dispose(),
      };
    },
    dispose: () => inner.dispose(),
  };
}
