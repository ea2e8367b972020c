import { expect, test } from 'vitest';
import { declaredAccessSchema } from '../../../src/changes/declared/schema.ts';
import { call } from '../../support/cli.ts';

test('access schema prints the JSON schema, and needs no login', async () => {
  const { stdout, stderr, exitCode } = await call(['access', 'schema']);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  expect(JSON.parse(stdout)).toEqual(declaredAccessSchema);
});
