import { describe, expect, test } from 'vitest';
import { call } from '../../support/cli.ts';
import { lintWorld, supportRole } from '../../support/lint-world.ts';

const ghost = `US${'f'.repeat(32)}`;

describe('access lint -o', () => {
  test('sarif, markdown and html print the findings on stdout, with the organization and the time', async () => {
    const { give, call, sandbox } = await lintWorld();
    give(ghost, supportRole);
    const now = Date.parse('2026-11-27T10:00:00Z');
    const printed = async (format: string) => {
      const { stdout, exitCode } = await call(['access', 'lint', '-o', format, '--exit-code'], {}, '', now);
      expect(exitCode).toBe(10);
      return stdout;
    };
    const [run] = JSON.parse(await printed('sarif')).runs;
    expect(run.results).toMatchObject([
      { ruleId: 'unmanaged-identity', level: 'warning', baselineState: 'new' },
    ]);
    expect(run.properties).toMatchObject({ organization: sandbox.organizationSid, at: null });
    for (const format of ['markdown', 'html']) {
      const text = await printed(format);
      for (const shown of ['1 new finding: 1 warning', ghost, sandbox.organizationSid, '2026-11-27 10:00'])
        expect(text, format).toContain(shown);
    }
  });

  test('html names the snapshot that it is of', async () => {
    const { call } = await lintWorld();
    await call(['snapshots', 'take']);
    const id = (await call(['snapshots', 'list', '--fields', 'snapshot'])).stdout.trim();
    const { stdout, exitCode } = await call(['access', 'lint', '-o', 'html', '--at', 'last']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`snapshot ${id}`);
  });

  test('takes no --fields, because a document has none', async () => {
    const { stderr, exitCode } = await call(['access', 'lint', '-o', 'sarif', '--fields', 'rule']);
    expect({ stderr, exitCode }).toEqual({
      exitCode: 2,
      stderr: 'error: -o sarif has no fields to choose\nLeave out --fields\n',
    });
  });
});

describe('other commands', () => {
  test.each(['users list', 'roles get Admin', 'auth status'])(
    '%s has no SARIF, and says which command has',
    async (words) => {
      const { stderr, exitCode } = await call([...words.split(' '), '-o', 'sarif']);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(
        /^error: --output cannot be "sarif"\n--output sarif works only with access lint\. Here, --output takes table, json/,
      );
    },
  );

  test('TWILIO_ORG_OUTPUT names a format that every command has', async () => {
    const { stderr, exitCode } = await call(['access', 'lint'], { env: { TWILIO_ORG_OUTPUT: 'sarif' } });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Only single commands print sarif: give them -o sarif');
  });
});
