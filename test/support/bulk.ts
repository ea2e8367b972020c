import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SandboxOptions } from '../../src/sandbox/server.ts';
import { type Env, home, sandboxed } from './cli.ts';

/** A sandbox, and a configuration directory of the test's own for the journals. */
export async function bulkWorld(options: SandboxOptions = {}) {
  const world = await sandboxed(options);
  const folder = mkdtempSync(join(home, 'bulk-'));
  const configDir = join(folder, 'config');
  const env: Env = { ...world.env, TWILIO_ORG_CONFIG_DIR: configDir };
  const more = (others: Env = {}) => ({ env: { ...env, ...others } });
  return {
    sandbox: world.sandbox,
    configDir,
    env,
    call: (args: string[], others?: Env, input = '', now?: number) =>
      world.call(args, { ...more(others), input, ...(now === undefined ? {} : { now: () => now }) }),
    run: (args: string[], others?: Env) => world.run(args, more(others)),
    /** Writes a file and gives its name. */
    file(name: string, text: string): string {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    },
    path: (name: string) => join(folder, name),
    /** The name of the latest run. */
    async lastRun(): Promise<string> {
      const { stdout } = await world.call(['runs', 'list', '--limit', '1', '--fields', 'run'], more());
      return stdout.trim();
    },
    /** The state of the sandbox, without values that differ from run to run. */
    state() {
      const { users, assignments } = world.sandbox.state;
      const names = new Map([...users.all()].map(({ id, userName }) => [id, userName]));
      return {
        users: [...users.all()]
          .map(({ userName, active, displayName, name }) => ({ userName, active, displayName, name }))
          .sort(byText),
        assignments: assignments
          .map(
            ({ identity, role_sid, scope, resource_id }) =>
              `${names.get(identity)} ${role_sid} ${scope} ${resource_id}`,
          )
          .sort(),
      };
    },
  };
}

function byText(a: { userName: string }, b: { userName: string }): number {
  return a.userName < b.userName ? -1 : 1;
}

export function rows(stdout: string): Record<string, string>[] {
  return JSON.parse(stdout);
}
