import { defineFlags, type FlagsOf } from '../../../cli/flag-spec.ts';
import { invalidValue, notBlank, parseSeconds } from '../../../cli/flag-values.ts';
import { globalFlags } from '../../../cli/flags.ts';
import { grantTypes } from '../../../login/console/guides.ts';
import { defaultStore, storeKinds } from '../../../login/credentials/stores.ts';
import { defaultRedirectUri, type ListenAddress } from '../../../login/oauth/callback-server.ts';
import { defaultWait } from './approval.ts';

/** The flag that names the grant type, without its line of help, which depends on the command. */
export const grantFlag = { value: 'grant', choices: grantTypes } as const;

/** `HOST:PORT`, or a port of 127.0.0.1. */
function parseListenAddress(text: string): ListenAddress {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) throw invalidValue('Give HOST:PORT, or a port.');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** The flags of a login that do not describe the app. */
export const loginFlags = defineFlags({
  timeout: {
    ...globalFlags.timeout,
    summary: 'time limit for the approval',
    default: `${defaultWait}`,
  },
  redirectUri: {
    value: 'url',
    summary: 'Redirect URL saved in the OAuth app',
    parse: notBlank,
    default: defaultRedirectUri,
  },
  listen: {
    value: 'address',
    summary: 'listen on this HOST:PORT instead of the one in the Redirect URL',
    parse: parseListenAddress,
  },
  browser: {
    negated: true,
    summary: 'print the address of the approval page instead of opening it',
  },
  organizationSid: {
    value: 'sid',
    summary: 'SID of the organization (OR…); the scope org then stands for it',
    parse: notBlank,
  },
  store: {
    value: 'kind',
    summary: 'where to keep the credentials',
    choices: storeKinds,
    default: defaultStore,
  },
  keychainTimeout: {
    value: 'seconds',
    summary: 'time limit for the keychain',
    parse: parseSeconds,
    default: '3, on a terminal 60',
  },
});

/** The flags of a login that describe the app. */
export const appFlags = defineFlags({
  clientId: { value: 'id', summary: 'client id of the OAuth app (OQ…)', parse: notBlank },
  clientSecretStdin: { summary: 'read the client secret from standard input' },
  public: { summary: 'log in without a secret, if the OAuth app allows it' },
});

export type LoginFlags = FlagsOf<typeof loginFlags> &
  FlagsOf<typeof appFlags> &
  FlagsOf<{ grant: typeof grantFlag & { summary: string } }>;
