import { createMyBackend } from './my-backend.ts';
import { conformanceTests } from '@relbias/conformance';
import { test } from 'vitest';
for (const { name, run } of conformanceTests(createMyBackend)) test(name, run);
