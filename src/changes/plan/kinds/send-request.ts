import { type ChangeOf, notKept } from '../change.ts';
import { checkMembers, isOneOf, isText } from '../record-checks.ts';
import type { ChangeKind } from './change-kind.ts';

/** A write of `twilio-org api`. The request exists only while the command runs; no file keeps it. */
export const sendRequest: ChangeKind<ChangeOf<'send-request'>> = {
  toMutation(change) {
    throw notKept(change);
  },
  async checkStatus(change) {
    throw notKept(change);
  },
  isVerifiable: () => true,
  describe: ({ method, path }) => `${method} ${path}`,
  details: ({ method, path }) => [{ sign: '~', what: 'Request', to: `${method} ${path}` }],
  user: () => undefined,
  assignment: () => undefined,
  names: ({ path }) => (path.match(/\b(?:US|IY)[0-9a-f]{32}\b/g) ?? []).map((sid) => ['sid', sid]),
  conflicts: () => [],
  removesAccess: () => false,
  givesAccessTo: () => undefined,
  inverse: (change) => ({
    note: `${sendRequest.describe(change, String)} was sent with \`twilio-org api\` and can't be undone`,
  }),
  check: (members) =>
    checkMembers(members, 'a request', { method: isOneOf('POST', 'PUT', 'PATCH', 'DELETE'), path: isText }),
};
