import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { bundleProgram } from '../support/bundle.ts';
import { runWithKeychain } from '../support/keychain.ts';
import { describeWith, testWith } from '../support/requires.ts';

let program: Awaited<ReturnType<typeof bundleProgram>>;
let home: string;

beforeAll(async () => {
  program = await bundleProgram(new URL('../support/keychain-program.ts', import.meta.url));
});
afterAll(() => program.remove());
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'twilio-org-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

function args(steps: string[], limit = 100_000): string[] {
  return [program.file, path.join(home, 'config'), String(limit), ...steps];
}

type Session = Omit<Parameters<typeof runWithKeychain>[1], 'home'> & { limit?: number };

async function inSession(steps: string[], { limit, ...options }: Session = {}): Promise<unknown[]> {
  const { stdout, stderr } = await runWithKeychain(args(steps, limit), { home, ...options });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

async function withBus(address: string | undefined, steps: string[], limit?: number): Promise<unknown[]> {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    XDG_RUNTIME_DIR: home,
    DBUS_SESSION_BUS_ADDRESS: address,
  };
  const { stdout } = await execa(process.execPath, args(steps, limit), {
    env,
    extendEnv: false,
    timeout: 600_000,
  });
  return JSON.parse(stdout);
}

/** The advice, and after it the two ways out. */
function advice(begin: string): unknown {
  return expect.stringMatching(
    new RegExp(`^${begin}.*TWILIO_ORG_STORE=file.*TWILIO_ORG_CLIENT_SECRET.*TWILIO_ORG_ACCESS_TOKEN`, 's'),
  );
}

describeWith('keychain', 'the keychain of a desktop session', () => {
  it('passes its probe, which leaves nothing behind', async () => {
    expect(await inSession(['probe', 'count'])).toEqual([null, 0]);
  });

  it('returns a secret of 6,000 bytes in a later session, and removes every part of it', async () => {
    expect(await inSession(['set 6000', 'count'])).toEqual([null, 6]);
    expect(await inSession(['get', 'delete', 'get', 'count', 'delete'])).toEqual([
      6000,
      true,
      null,
      0,
      false,
    ]);
  });

  it('leaves no old part behind when a secret is replaced', async () => {
    expect(await inSession(['set 6000', 'set 3000', 'get', 'count', 'set 10', 'get', 'count'])).toEqual([
      null,
      null,
      3000,
      4,
      null,
      10,
      1,
    ]);
  });

  it('is reported as locked when nobody unlocks it', async () => {
    await inSession(['set 10']);
    expect(await inSession(['get'], { locked: true })).toEqual([
      {
        kind: 'failure',
        message: "The system keychain can't be used: it is locked",
        hint: advice('Unlock it, by logging in to the desktop'),
      },
    ]);
  });

  it('is reported when it denies access', async () => {
    const bus = 'that denies the keychain';
    expect(await inSession(['get'], { bus })).toEqual([
      {
        kind: 'failure',
        message: "The system keychain can't be used: access is denied",
        hint: advice('Allow twilio-org'),
      },
    ]);
  });

  it('is reported as missing when the session has none', async () => {
    expect(await inSession(['get'], { bus: 'without services' })).toEqual([
      {
        kind: 'failure',
        message: "The system keychain can't be used: no keychain service is running",
        hint: advice('Start a keychain service'),
      },
    ]);
  });

  it('is reported within the time limit when it hangs, and works again afterwards', async () => {
    const silent = {
      kind: 'failure',
      message: 'The system keychain did not respond within 0.5 s',
      hint: advice('Unlock it, or start it again if it hangs'),
    };
    const steps = ['set 6000', 'get', 'freeze', 'get', 'delete', 'thaw'];
    expect(await inSession(steps, { limit: 500 })).toEqual([null, 6000, null, silent, silent, null]);
    expect(await inSession(['get'])).toEqual([6000]);
  });
});

testWith('Linux', 'the probe of a keychain names two alternatives without a desktop session', async () => {
  expect(await withBus(undefined, ['probe'])).toEqual([
    {
      kind: 'failure',
      message: "The system keychain can't be used: there is no desktop session (no D-Bus)",
      hint: advice('Start a keychain service'),
    },
  ]);
});

testWith(
  'Linux',
  'the probe of a keychain ends at the time limit when the session bus never responds',
  async () => {
    // A socket's path has about a hundred bytes at most.
    const folder = await mkdtemp('/tmp/twilio-org-bus-');
    const address = path.join(folder, 'bus');
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(address, resolve));
    try {
      expect(await withBus(`unix:path=${address}`, ['get', 'delete'], 500)).toEqual([
        ...Array(2).fill({
          kind: 'failure',
          message: 'The system keychain did not respond within 0.5 s',
          hint: advice('Unlock it'),
        }),
      ]);
    } finally {
      silent.close();
      await rm(folder, { recursive: true });
    }
  },
);
