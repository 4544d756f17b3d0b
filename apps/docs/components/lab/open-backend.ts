// The backend that the lab runs on: the chosen one, never another. One is open at a time.
import type { Backend } from '@relbias/bias-spec';
import type { BackendName } from 'relbias';
import { createBackend } from 'relbias';

export interface OpenBackend {
  /** @throws whatever opening it refuses. */
  open(name: BackendName): Promise<Backend>;
  close(): void;
}

export function openBackend(): OpenBackend {
  let current: { readonly name: BackendName; readonly backend: Promise<Backend> } | undefined;
  const close = (): void => {
    current?.backend.then(
      (backend) => backend.dispose(),
      () => {},
    );
    current = undefined;
  };
  return {
    open(name) {
      if (current?.name !== name) {
        close();
        current = { name, backend: createBackend(name) };
      }
      return current.backend;
    },
    close,
  };
}
